import Foundation
import Testing

@testable import SfumatoCheckpoint

/// Saving with a failure at every file operation, one after the other.
@Suite struct CheckpointFolderTests {
  /// A checkpoint whose content depends on its step and `variant`.
  static func checkpoint(step: Int, variant: Int = 0) -> Checkpoint {
    func part(_ salt: Int) -> Safetensors {
      let values = (0..<16).map { Float(step * 100 + variant * 10 + salt + $0) }
      return Safetensors(tensors: [
        StoredTensor(name: "a.bias", shape: [4], floats: Array(values.prefix(4))),
        StoredTensor(name: "a.weight", shape: [4, 4], floats: values),
      ])
    }
    return Checkpoint(
      step: step, parts: ["model": part(1), "ema": part(2), "optimizer": part(3)],
      state: ["seed": 7, "images": .integer(32 * step)])
  }

  /// What the folder looks like before the save under test.
  enum Situation: CaseIterable { case first, second, rotate, overwrite, leftovers }

  static let faults: [FaultyFileSystem.Fault] = [
    .kill, .error(EIO), .error(ENOSPC), .error(EINTR), .error(EROFS), .diskFull, .shortWrite,
  ]

  private func prepare(_ folder: CheckpointFolder<PosixFileSystem>, _ situation: Situation) throws {
    switch situation {
    case .first: return
    case .second, .overwrite, .leftovers: try folder.save(Self.checkpoint(step: 10))
    case .rotate:
      for step in [8, 9, 10] { try folder.save(Self.checkpoint(step: step)) }
    }
    if situation == .overwrite { try folder.save(Self.checkpoint(step: 20, variant: 0)) }
    if situation == .leftovers {
      // As a process killed between the two renames of a replacement leaves it.
      try FileManager.default.moveItem(
        atPath: folder.path(step: 10), toPath: folder.path + "/.old-step-10")
      try FileManager.default.createDirectory(
        atPath: folder.path + "/.tmp-step-10", withIntermediateDirectories: false)
    }
  }

  @Test(arguments: Situation.allCases, faults)
  func noFailureLosesACheckpoint(situation: Situation, fault: FaultyFileSystem.Fault) throws {
    let new = Self.checkpoint(step: 20, variant: 1)
    var point = 0
    var failures = 0
    while true {
      let more = try withTemporaryFolder { root in
        let good = CheckpointFolder(path: root + "/checkpoints")
        try prepare(good, situation)
        let before = try? good.load(step: good.latest())

        let faulty = FaultyFileSystem(at: point, fault: fault)
        var failure: (any Error)?
        do {
          try CheckpointFolder(path: good.path, fileSystem: faulty).save(new, keep: 2)
        } catch { failure = error }
        if failure != nil { failures += 1 }
        if let failure, !(failure is Killed) {
          let error = try #require(failure as? CheckpointError, "\(failure)")
          #expect(error.exitCode == .badData && "\(error)".contains(root), "\(error)")
        }

        // The newest checkpoint is the old or the new one, whole.
        if let step = try? good.latest() {
          let loaded = try good.load(step: step)
          #expect(loaded == new || loaded == before, "call \(point)")
          if failure == nil { #expect(loaded == new) }
        } else {
          #expect(before == nil && failure != nil, "call \(point): nothing left")
        }

        // The next save works and leaves nothing behind.
        let next = Self.checkpoint(step: 30)
        try good.save(next, keep: 2)
        #expect(try good.load(step: good.latest()) == next)
        let names = try PosixFileSystem().entries(of: good.path)
        #expect(names.count <= 2 && names.allSatisfy { $0.hasPrefix("step-") }, "\(names)")
        return faulty.reached
      }
      if !more { break }
      point += 1
    }
    #expect(point > 30)
    switch fault {
    case .error(EINTR), .shortWrite: #expect(failures == 0)
    default: #expect(failures > 10)
    }
  }

  @Test func aFullDiskNamesPathAndBytes() throws {
    try withTemporaryFolder { root in
      let folder = CheckpointFolder(path: root, fileSystem: FaultyFileSystem(at: 6, fault: .diskFull))
      do {
        try folder.save(Self.checkpoint(step: 1))
        Issue.record("nothing was thrown")
      } catch CheckpointError.diskFull(let path, let bytes) {
        #expect(path.hasPrefix(root + "/.tmp-step-1"))
        let model = try Self.checkpoint(step: 1).parts.values.map { try $0.serialized().count }.reduce(0, +)
        #expect(bytes == model)
      }
    }
  }

  @Test func theNewestIsFoundByNumberAndOnlyWhenComplete() throws {
    try withTemporaryFolder { root in
      let folder = CheckpointFolder(path: root)
      #expect(throws: CheckpointError.noCheckpoint(path: root, incomplete: [])) { try folder.latest() }
      for step in [9, 10, 100] { try folder.save(Self.checkpoint(step: step)) }
      for name in ["step-0200", "step-x", "step-", "latest"] {
        try FileManager.default.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: false)
      }
      #expect(try folder.latest() == 100)
      Foundation.truncate(root + "/step-100/ema.safetensors", 10)
      #expect(try folder.latest() == 10)
      try FileManager.default.removeItem(atPath: root + "/step-10/state.json")
      #expect(try folder.latest() == 9)
      Foundation.truncate(root + "/step-9/state.json", 5)
      #expect(
        throws: CheckpointError.noCheckpoint(path: root, incomplete: ["step-9", "step-10", "step-100"])
      ) {
        try folder.latest()
      }
    }
  }

  @Test func keepsAsManyAsAsked() throws {
    try withTemporaryFolder { root in
      let folder = CheckpointFolder(path: root)
      for step in 1...5 { try folder.save(Self.checkpoint(step: step), keep: 3) }
      #expect(try folder.steps() == [3, 4, 5])
    }
  }

  @Test func aFlippedByteIsSeen() throws {
    try withTemporaryFolder { root in
      let folder = CheckpointFolder(path: root)
      try folder.save(Self.checkpoint(step: 1))
      let path = root + "/step-1/ema.safetensors"
      var bytes = try PosixFileSystem().contents(of: path)
      bytes[bytes.count - 1] ^= 1
      try PosixFileSystem().publish(bytes, to: path)
      #expect { try folder.load(step: 1) } throws: { error in
        if case CheckpointError.damaged(path, _) = error { true } else { false }
      }
    }
  }

  @Test func digestsAreSHA256() {
    #expect(
      SHA256.hexadecimal(of: Array("abc".utf8))
        == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hexadecimal(of: [])
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    // FIPS 180-2, appendix B.3: a million times the letter a, here in uneven pieces.
    var digest = SHA256()
    var left = 1_000_000
    var size = 1
    while left > 0 {
      digest.update(Array(repeating: UInt8(ascii: "a"), count: min(size, left)))
      left -= size
      size = size % 257 + 1
    }
    #expect(digest.hexadecimal() == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }
}
