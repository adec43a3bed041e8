import CVulkan
import Foundation

/// Names for debuggers such as RenderDoc and Nsight, and for the validation layer: of objects, and of regions of command buffers
/// (VK_EXT_debug_utils).
struct DebugLabels {
  /// Begins a region of a command buffer.
  var begin: (VkCommandBuffer, String) -> Void
  /// Ends the region that was begun last.
  var end: (VkCommandBuffer) -> Void
  /// Names an object by its type and handle.
  var name: (VkObjectType, UInt64, String) -> Void

  static let extensionName = "VK_EXT_debug_utils"

  /// Whether the environment asks for labels (`SFUMATO_VULKAN_LABELS=1`).
  static var isWantedByEnvironment: Bool {
    ProcessInfo.processInfo.environment["SFUMATO_VULKAN_LABELS"] == "1"
  }

  /// The functions of a device whose instance has the extension; nil where they are missing.
  init?(_ functions: InstanceFunctions, _ device: VkDevice) {
    func load<F>(_ name: String, _ type: F.Type) -> F? {
      functions.getDeviceProcAddr(device, name).map { unsafeBitCast($0, to: type) }
    }
    guard let begin = load("vkCmdBeginDebugUtilsLabelEXT", PFN_vkCmdBeginDebugUtilsLabelEXT.self),
      let end = load("vkCmdEndDebugUtilsLabelEXT", PFN_vkCmdEndDebugUtilsLabelEXT.self),
      let name = load("vkSetDebugUtilsObjectNameEXT", PFN_vkSetDebugUtilsObjectNameEXT.self)
    else { return nil }
    self.begin = { commands, text in
      text.withCString { text in
        var label = VkDebugUtilsLabelEXT()
        label.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_LABEL_EXT
        label.pLabelName = text
        begin(commands, &label)
      }
    }
    self.end = { end($0) }
    self.name = { type, handle, text in
      text.withCString { text in
        var info = VkDebugUtilsObjectNameInfoEXT()
        info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_OBJECT_NAME_INFO_EXT
        info.objectType = type
        info.objectHandle = handle
        info.pObjectName = text
        // A name that cannot be kept is no matter.
        _ = name(device, &info)
      }
    }
  }

  /// Names a buffer.
  func nameBuffer(_ buffer: VkBuffer, _ text: String) {
    name(VK_OBJECT_TYPE_BUFFER, UInt64(UInt(bitPattern: buffer)), text)
  }

  /// Names a pipeline.
  func namePipeline(_ pipeline: VkPipeline, _ text: String) {
    name(VK_OBJECT_TYPE_PIPELINE, UInt64(UInt(bitPattern: pipeline)), text)
  }
}
