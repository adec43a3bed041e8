import Foundation

/// Where processes of a user remember what only saves time when it is known.
public enum CacheFolder {
  /// SFUMATO_CACHE, else `sfumato` in XDG_CACHE_HOME, else in `.cache` at home. A relative XDG_CACHE_HOME does not count, as
  /// its specification says.
  public static func user(_ environment: [String: String] = ProcessInfo.processInfo.environment) -> String {
    if let folder = environment["SFUMATO_CACHE"], !folder.isEmpty { return folder }
    if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") { return folder + "/sfumato" }
    return (environment["HOME"] ?? NSHomeDirectory()) + "/.cache/sfumato"
  }

  /// Replaces a file in one step: readers see the old one or the new one.
  ///
  /// - Returns: why that could not be done; nothing is left of it then.
  public static func replace(_ path: String, with data: Data) -> String? {
    let aside = path + ".\(getpid())"
    do { try data.write(to: URL(fileURLWithPath: aside)) } catch {
      unlink(aside)
      return "\(aside) cannot be written"
    }
    guard rename(aside, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(aside)
      return "\(path) cannot be written: \(reason)"
    }
    return nil
  }
}

/// A backend that can remember between processes what takes time to find out again.
public protocol CachingBackend: Backend {
  /// This backend, remembering in `folder`; by itself a backend writes no files.
  func caching(in folder: String) -> any Backend
}
