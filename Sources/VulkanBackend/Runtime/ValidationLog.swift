import CVulkan
import Synchronization

/// Every message that the validation layer wrote about one instance, in order.
public final class ValidationLog: Sendable {
  private let collected = Mutex<[String]>([])

  /// The messages so far.
  public var messages: [String] { collected.withLock { $0 } }

  func append(_ message: String) { collected.withLock { $0.append(message) } }

  /// The messenger's description; the log must outlive the instance that it is given to.
  func messengerInfo() -> VkDebugUtilsMessengerCreateInfoEXT {
    var info = VkDebugUtilsMessengerCreateInfoEXT()
    info.sType = VK_STRUCTURE_TYPE_DEBUG_UTILS_MESSENGER_CREATE_INFO_EXT
    info.messageSeverity =
      VK_DEBUG_UTILS_MESSAGE_SEVERITY_WARNING_BIT_EXT.rawValue
      | VK_DEBUG_UTILS_MESSAGE_SEVERITY_ERROR_BIT_EXT.rawValue
    info.messageType = VK_DEBUG_UTILS_MESSAGE_TYPE_VALIDATION_BIT_EXT.rawValue
    info.pUserData = Unmanaged.passUnretained(self).toOpaque()
    info.pfnUserCallback = { _, _, data, user in
      guard let user, let text = data?.pointee.pMessage else { return VkBool32(VK_FALSE) }
      Unmanaged<ValidationLog>.fromOpaque(user).takeUnretainedValue().append(String(cString: text))
      return VkBool32(VK_FALSE)
    }
    return info
  }
}
