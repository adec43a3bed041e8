import SfumatoJSON

/// What a checkpoint's `state.json` says: the step, the other files, and the state beside the tensors.
public struct CheckpointSummary: Sendable {
  /// A file of the checkpoint.
  public struct File: Equatable, Sendable {
    public var bytes: Int
    /// SHA-256 in hexadecimal.
    public var digest: String
  }

  public var step: Int
  /// The other files by name.
  public var files: [String: File]
  public var state: JSONObject

  /// Reads the summary of the checkpoint in `folder`; the files themselves are not looked at.
  ///
  /// - Throws: `CheckpointError`.
  public init(folder: String) throws { try self.init(folder: folder, files: PosixFileSystem()) }

  init(folder: String, files fileSystem: some FileSystem) throws {
    let path = folder + "/state.json"
    let value: JSONValue
    do { value = try JSONValue(parsing: try fileSystem.contents(of: path, limit: 16 << 20)) } catch let error
      as JSONError
    {
      throw CheckpointError.badJSON(path: path, detail: "\(error)")
    }
    guard let step = value["step"]?.integer, let table = value["files"]?.object else {
      throw CheckpointError.badJSON(path: path, detail: "expected an object with \"step\" and \"files\"")
    }
    self.step = step
    state = value["state"]?.object ?? [:]
    files = [:]
    for (name, entry) in table.members {
      guard let bytes = entry["bytes"]?.integer, let digest = entry["sha256"]?.string,
        !name.contains("/"), name != ".."
      else {
        throw CheckpointError.badJSON(path: path, detail: "bad entry for file \"\(name)\"")
      }
      files[name] = File(bytes: bytes, digest: digest)
    }
  }

  /// Checks that the checkpoint in `folder` is the one of `step` and that its files have their full size.
  static func check(folder: String, step: Int, files fileSystem: some FileSystem) throws {
    let stored = try CheckpointSummary(folder: folder, files: fileSystem)
    guard stored.step == step else {
      throw CheckpointError.damaged(path: folder, detail: "its state.json is of step \(stored.step)")
    }
    for (name, file) in stored.files {
      let path = folder + "/" + name
      let size = try fileSystem.reading(path) { descriptor in
        try fileSystem.naming("read", path) { try fileSystem.size(of: descriptor) }
      }
      guard size == file.bytes else {
        throw CheckpointError.damaged(path: path, detail: "\(size) bytes, \(file.bytes) expected")
      }
    }
  }
}
