import SfumatoJSON

/// The `state.json` of a checkpoint.
struct StoredState {
  var step: Int
  /// Size and digest of the other files, by name.
  var files: [String: (bytes: Int, digest: String)]
  var state: JSONObject

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
      files[name] = (bytes, digest)
    }
  }

  /// Checks that the checkpoint in `folder` is the one of `step` and that its files have their full size.
  static func check(folder: String, step: Int, files fileSystem: some FileSystem) throws {
    let stored = try StoredState(folder: folder, files: fileSystem)
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
