import CVulkan

/// What a device has of memory: how much is left of each heap, and how much can be had in one piece.
final class DeviceMemory {
  /// Bytes of the largest allocation and buffer. Tests change it, and the heaps' sizes.
  var maxAllocation: UInt64
  /// As if each heap had so many bytes, whatever the driver says; nil outside of tests.
  var heapSize: UInt64?
  private let physical: PhysicalDevice
  private let functions: InstanceFunctions
  /// Bytes that this process has taken through this device, by heap.
  private var taken: [Int: UInt64] = [:]

  init(_ functions: InstanceFunctions, _ physical: PhysicalDevice) {
    self.functions = functions
    self.physical = physical
    maxAllocation = physical.maxAllocation
  }

  func take(_ bytes: UInt64, heap: Int) { taken[heap, default: 0] += bytes }

  func giveBack(_ bytes: UInt64, heap: Int) { taken[heap, default: 0] -= min(bytes, taken[heap] ?? 0) }

  /// Bytes that are left of a heap: by the driver's account of all processes where it keeps one (VK_EXT_memory_budget), else by
  /// what was taken here.
  func free(heap: Int) -> UInt64 {
    if heapSize == nil, let (budget, usage) = budget(heap: heap) { return budget - min(usage, budget) }
    let size = heapSize ?? physical.heaps[heap].size
    return size - min(taken[heap] ?? 0, size)
  }

  private func budget(heap: Int) -> (budget: UInt64, usage: UInt64)? {
    guard physical.hasMemoryBudget else { return nil }
    var budgets = VkPhysicalDeviceMemoryBudgetPropertiesEXT()
    budgets.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT
    var properties = VkPhysicalDeviceMemoryProperties2()
    properties.sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_PROPERTIES_2
    withUnsafeMutablePointer(to: &budgets) { budgets in
      properties.pNext = UnsafeMutableRawPointer(budgets)
      functions.getMemoryProperties2(physical.handle, &properties)
    }
    func number<Numbers>(_ numbers: Numbers) -> UInt64 {
      withUnsafeBytes(of: numbers) { $0.bindMemory(to: UInt64.self)[heap] }
    }
    return (number(budgets.heapBudget), number(budgets.heapUsage))
  }
}
