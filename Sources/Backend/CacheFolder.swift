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
}

/// A backend that can remember between processes what takes time to find out again.
public protocol CachingBackend: Backend {
  /// This backend, remembering in `folder`; by itself a backend writes no files.
  func caching(in folder: String) -> any Backend
}
