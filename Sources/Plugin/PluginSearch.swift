import Foundation

/// Where libraries are looked for: never in the current directory.
public struct PluginSearch: Sendable {
  /// Files and folders that somebody named, in order.
  public var named: [String]
  /// Folders that need not be there.
  public var installed: [String]
  /// How long each library may take to answer for the first time, in milliseconds.
  var patience = PluginLibrary.patience

  /// - Parameters:
  ///   - paths: files and folders from the command line.
  ///   - environment: SFUMATO_BACKEND_PATH is a list of files and folders with colons between them.
  public init(paths: [String], environment: [String: String] = ProcessInfo.processInfo.environment) {
    let variable = environment["SFUMATO_BACKEND_PATH"] ?? ""
    named = paths + variable.split(separator: ":").map(String.init)
    installed = Self.installationFolder.map { [$0] } ?? []
  }

  /// `lib/sfumato/backends` beside the folder `bin` that this program is in.
  static var installationFolder: String? {
    guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else {
      return nil
    }
    let root = URL(fileURLWithPath: program).deletingLastPathComponent().deletingLastPathComponent()
    return root.appendingPathComponent("lib/sfumato/backends").path
  }

  /// The files to try, and what is wrong with folders.
  func files() -> (files: [String], rejected: [PluginError]) {
    var files: [String] = [], rejected: [PluginError] = []
    for path in named {
      guard path.hasPrefix("/") else {
        rejected.append(PluginError(path: path, problem: "the path is relative; give an absolute one"))
        continue
      }
      files += Self.libraries(in: path) ?? [path]
    }
    for folder in installed { files += Self.libraries(in: folder) ?? [] }
    var seen: Set<String> = []
    return (files.filter { seen.insert($0).inserted }, rejected)
  }

  /// The shared libraries of a folder by name; nil when this is none.
  private static func libraries(in folder: String) -> [String]? {
    guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder) else { return nil }
    return names.filter { $0.hasSuffix(".so") }.sorted().map { folder + "/" + $0 }
  }

  /// Loads every library that may be loaded and whose name nobody has yet.
  ///
  /// - Parameter taken: names of backends that are there already.
  public func load(taken: [String]) -> (loaded: [PluginLibrary], rejected: [PluginError]) {
    var (files, rejected) = files()
    var loaded: [PluginLibrary] = []
    for file in files {
      do throws(PluginError) {
        let library = try PluginLibrary(path: file, patience: patience)
        if loaded.contains(where: { $0.path == library.path }) { continue }
        if let other = loaded.first(where: { $0.name == library.name }) {
          throw PluginError(
            path: file,
            problem: "its name \"\(library.name)\" is that of \(other.path), which was found first")
        }
        if taken.contains(library.name) {
          throw PluginError(path: file, problem: "there is a backend of its name \"\(library.name)\" already")
        }
        loaded.append(library)
      } catch {
        rejected.append(error)
      }
    }
    return (loaded, rejected)
  }
}
