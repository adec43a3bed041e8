import Foundation
import SfumatoJSON

/// The folder of a run that holds its checkpoints, one folder `step-N` each.
///
/// A checkpoint is written aside as `.tmp-step-N`, every file and the folder synchronized, and then renamed,
/// so that a folder called `step-N` is always complete. Old ones are renamed out of the way before their
/// files go, for the same reason. What a killed process leaves behind is cleaned up by the next save.
///
/// `state.json` in a checkpoint lists the size and SHA-256 of its other files, and is what makes it complete.
/// No file says which checkpoint is the newest: the folder itself does.
public struct CheckpointFolder<Files: FileSystem>: Sendable {
  public let path: String
  let files: Files

  public init(path: String, fileSystem: Files = PosixFileSystem()) {
    self.path = path
    files = fileSystem
  }

  /// The path of the checkpoint of `step`.
  public func path(step: Int) -> String { "\(path)/step-\(step)" }

  private static var temporaryPrefix: String { ".tmp-" }
  /// A checkpoint that was replaced by one of the same step, until the new one has its name.
  private static var replacedPrefix: String { ".old-" }
}

// MARK: - Saving

extension CheckpointFolder {
  /// Saves a checkpoint and then deletes the oldest ones beyond `keep`.
  ///
  /// When this throws, every checkpoint that was there is still there. Failing to delete an old one is no
  /// error, as nothing is lost; the next save tries again.
  ///
  /// - Throws: `CheckpointError.diskFull`, `.fileOperation`, or `.malformed` for inconsistent tensors.
  public func save(_ checkpoint: Checkpoint, keep: Int = .max) throws {
    try files.createDirectories(path)
    try clean()
    let target = path(step: checkpoint.step)
    let name = "step-\(checkpoint.step)"
    let aside = path + "/" + Self.temporaryPrefix + name
    let replaced = path + "/" + Self.replacedPrefix + name
    do {
      try write(checkpoint, to: aside)
      if try exists(target) { try files.naming("rename", target) { try files.rename(target, to: replaced) } }
      do {
        try files.naming("rename", target) { try files.rename(aside, to: target) }
      } catch {
        if try exists(replaced) {
          try files.naming("rename", target) { try files.rename(replaced, to: target) }
        }
        throw error
      }
      try files.synchronizeDirectory(path)
    } catch {
      try? files.removeTree(aside)
      throw error
    }
    try? clean()
    try? prune(keep: max(1, keep), newest: checkpoint.step)
  }

  /// Writes all files of a checkpoint to a new folder and waits until they are on the disk.
  private func write(_ checkpoint: Checkpoint, to folder: String) throws {
    let parts = try checkpoint.parts.sorted { $0.key < $1.key }.map { part in
      (
        name: part.key + ".safetensors",
        pieces: try part.value.pieces(path: "\(folder)/\(part.key).safetensors")
      )
    }
    let needed = parts.reduce(0) { $0 + $1.pieces.reduce(0) { $0 + $1.count } }
    try files.naming("create folder", folder, neededBytes: needed) { try files.createDirectory(folder) }
    var table: JSONObject = [:]
    for part in parts {
      try files.writeDurably(part.pieces, to: "\(folder)/\(part.name)", neededBytes: needed)
      var digest = SHA256()
      for piece in part.pieces { digest.update(piece) }
      table[part.name] = [
        "bytes": .integer(part.pieces.reduce(0) { $0 + $1.count }), "sha256": .string(digest.hexadecimal()),
      ]
    }
    let state: JSONValue = [
      "step": .integer(checkpoint.step), "files": .object(table), "state": .object(checkpoint.state),
    ]
    try files.writeDurably([Array(state.document.utf8)], to: folder + "/state.json", neededBytes: needed)
    try files.synchronizeDirectory(folder)
  }

  /// Removes what a killed process left behind, and gives a replaced checkpoint its name back where the new
  /// one never got it.
  private func clean() throws {
    for entry in try files.naming("list", path, { try files.entries(of: path) }) {
      if entry.hasPrefix(Self.replacedPrefix) {
        let target = path + "/" + entry.dropFirst(Self.replacedPrefix.count)
        if try exists(target) {
          try files.removeTree(path + "/" + entry)
        } else {
          try files.naming("rename", target) { try files.rename(path + "/" + entry, to: target) }
        }
      } else if entry.hasPrefix(Self.temporaryPrefix) {
        try files.removeTree(path + "/" + entry)
      }
    }
  }

  private func prune(keep: Int, newest: Int) throws {
    for step in try steps().filter({ $0 != newest }).dropLast(keep - 1) {
      let doomed = "\(path)/\(Self.temporaryPrefix)delete-\(step)"
      try files.naming("rename", path(step: step)) { try files.rename(path(step: step), to: doomed) }
      try files.removeTree(doomed)
    }
  }

  private func exists(_ path: String) throws -> Bool {
    try files.naming("open", path) {
      do { return try files.isDirectory(path) } catch let error as SystemError
        where error.code == ENOENT || error.code == ENOTDIR
      { return false }
    }
  }
}

// MARK: - Loading

extension CheckpointFolder {
  /// The steps that have a checkpoint, in order; complete or not.
  public func steps() throws -> [Int] { try candidates().keys.sorted() }

  /// Path of the folder for each step, replaced ones included where the new one is missing.
  private func candidates() throws -> [Int: String] {
    guard try exists(path) else { return [:] }
    var found: [Int: String] = [:]
    for entry in try files.naming("list", path, { try files.entries(of: path) }) {
      for prefix in ["step-", Self.replacedPrefix + "step-"] where entry.hasPrefix(prefix) {
        let digits = entry.dropFirst(prefix.count)
        guard let step = Int(digits), step >= 0, String(step) == digits else { continue }
        if prefix == "step-" || found[step] == nil { found[step] = path + "/" + entry }
      }
    }
    return found
  }

  /// The newest step whose checkpoint is complete: its `state.json` can be read and every file that it lists
  /// is there in its full size.
  ///
  /// - Throws: `CheckpointError.noCheckpoint`, naming incomplete ones, or a failed file operation.
  public func latest() throws -> Int {
    let candidates = try candidates()
    for (step, folder) in candidates.sorted(by: { $0.key > $1.key }) {
      do {
        try CheckpointSummary.check(folder: folder, step: step, files: files)
        return step
      } catch is CheckpointError { continue }
    }
    throw CheckpointError.noCheckpoint(
      path: path, incomplete: candidates.sorted { $0.key < $1.key }.map { splitPath($0.value).name })
  }

  /// Loads the checkpoint of `step` and compares every file with its digest.
  ///
  /// - Throws: `CheckpointError`.
  public func load(step: Int) throws -> Checkpoint {
    guard let folder = try candidates()[step] else {
      throw CheckpointError.noCheckpoint(path: path(step: step), incomplete: [])
    }
    return try Checkpoint(folder: folder, fileSystem: files)
  }
}

extension Checkpoint {
  /// Loads the checkpoint in `folder` and compares every file with its digest.
  ///
  /// - Throws: `CheckpointError`.
  public init(folder: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    let stored = try CheckpointSummary(folder: folder, files: fileSystem)
    var parts: [String: Safetensors] = [:]
    for (name, file) in stored.files where name.hasSuffix(".safetensors") {
      let path = folder + "/" + name
      let (content, digest) = try Safetensors.read(path: path, fileSystem: fileSystem, digesting: true)
      guard digest == file.digest else {
        throw CheckpointError.damaged(
          path: path, detail: "its SHA-256 is \(digest.prefix(12))…, not \(file.digest.prefix(12))…")
      }
      parts[String(name.dropLast(".safetensors".count))] = content
    }
    self.init(step: stored.step, parts: parts, state: stored.state)
  }
}
