import CSfumatoBackend
import SfumatoBackend

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The text of each thread's last error.
enum ExportedError {
  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { free($0) }
    return key
  }()

  static var text: UnsafePointer<CChar>? {
    if pthread_getspecific(key) == nil { pthread_setspecific(key, strdup("")) }
    return pthread_getspecific(key).map { UnsafePointer($0.assumingMemoryBound(to: CChar.self)) }
  }

  /// Runs a function of the table: what it throws becomes a status and this thread's text.
  static func status(_ body: () throws -> Void) -> sfumato_status {
    do {
      try body()
      return SFUMATO_OK
    } catch {
      free(pthread_getspecific(key))
      pthread_setspecific(key, strdup("\(error)"))
      switch error {
      case BackendError.outOfMemory: return SFUMATO_OUT_OF_MEMORY
      case BackendError.deviceLost: return SFUMATO_DEVICE_LOST
      case BackendError.unsupported: return SFUMATO_UNSUPPORTED
      default: return SFUMATO_ERROR
      }
    }
  }
}
