import CVulkan
import SfumatoBackend

/// What the driver's compiler says of pipelines: VK_KHR_pipeline_executable_properties.
extension PipelineStore {
  static let reportsName = "VK_KHR_pipeline_executable_properties"

  /// What the compiler says of a kernel; nil where the device does not tell.
  func report(_ kernel: Kernel) throws(VulkanError) -> KernelReport? {
    if let known = reports[kernel] { return known }
    guard let getProperties = functions.getPipelineExecutableProperties,
      let getStatistics = functions.getPipelineExecutableStatistics
    else { return nil }
    let pipeline = try pipeline(kernel)
    var info = VkPipelineInfoKHR()
    info.sType = VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR
    info.pipeline = pipeline.handle
    var count: UInt32 = 0
    guard getProperties(device, &info, &count, nil) == VK_SUCCESS, count > 0 else { return nil }
    var empty = VkPipelineExecutablePropertiesKHR()
    empty.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR
    var properties = [VkPipelineExecutablePropertiesKHR](repeating: empty, count: Int(count))
    guard getProperties(device, &info, &count, &properties) == VK_SUCCESS else { return nil }
    // A compute pipeline is one executable on all drivers seen.
    var which = VkPipelineExecutableInfoKHR()
    which.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR
    which.pipeline = pipeline.handle
    var statisticCount: UInt32 = 0
    guard getStatistics(device, &which, &statisticCount, nil) == VK_SUCCESS else { return nil }
    var none = VkPipelineExecutableStatisticKHR()
    none.sType = VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR
    var statistics = [VkPipelineExecutableStatisticKHR](repeating: none, count: Int(statisticCount))
    guard getStatistics(device, &which, &statisticCount, &statistics) == VK_SUCCESS else { return nil }
    let report = KernelReport(
      pipeline: reports.count, name: kernel.name, subgroupSize: Int(properties[0].subgroupSize),
      statistics: statistics.prefix(Int(statisticCount)).map {
        KernelReport.Statistic(text($0.name), Self.number($0))
      }.filter { !$0.name.lowercased().hasSuffix("hash") })
    reports[kernel] = report
    return report
  }

  private static func number(_ statistic: VkPipelineExecutableStatisticKHR) -> Double {
    switch statistic.format {
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_BOOL32_KHR: Double(statistic.value.b32)
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_INT64_KHR: Double(statistic.value.i64)
    case VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR: Double(statistic.value.u64)
    default: statistic.value.f64
    }
  }
}
