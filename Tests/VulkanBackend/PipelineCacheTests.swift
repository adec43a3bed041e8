import Foundation
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Pipelines that are kept between processes.
@Suite struct PipelineCacheTests {
  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  @Test func whatIsWrittenIsRead() throws {
    try withFolder { folder in
      let file = PipelineCacheFile(path: folder + "/deep/a.bin")
      #expect(file.read().isEmpty)
      for content in [[1, 2, 3], (0..<100_000).map { UInt8($0 % 251) }, [7]] as [[UInt8]] {
        file.write(content)
        #expect(file.read() == content)
      }
      let files = try FileManager.default.contentsOfDirectory(atPath: folder + "/deep")
      #expect(files == ["a.bin"])
    }
  }

  /// Every cut and every changed byte.
  @Test func whatIsDamagedIsNothing() throws {
    try withFolder { folder in
      let file = PipelineCacheFile(path: folder + "/a.bin")
      file.write(Array(1...9))
      let whole = try Data(contentsOf: URL(fileURLWithPath: file.path))
      for index in whole.indices {
        try whole.prefix(index).write(to: URL(fileURLWithPath: file.path))
        #expect(file.read().isEmpty, "cut at \(index)")
        var changed = whole
        changed[index] ^= 4
        try changed.write(to: URL(fileURLWithPath: file.path))
        #expect(file.read().isEmpty, "changed at \(index)")
      }
    }
  }

  @Test func aFolderThatCannotBeWrittenIsNoMatter() throws {
    try withFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder))
      PipelineCacheFile(path: folder + "/a.bin").write([1])
      #expect(PipelineCacheFile(path: folder + "/a.bin").read().isEmpty)
    }
  }

  @Test func aDeviceKeepsItsPipelines() throws {
    guard try testDevice() != nil else { return }
    try withFolder { folder in
      let builder = GraphBuilder()
      let x = try builder.input("x", .f32, [3, 5])
      try builder.output("y", x.matmul(x, transposeB: true) + 1)
      let program = try builder.finish(), ones = HostTensor([Float](repeating: 1, count: 15), [3, 5])
      func run() throws -> VulkanDevice {
        let device = try VulkanBackend(validation: true, cacheFolder: folder).openVulkan(0)
        let step = try device.makeStep(program, state: device.makeState([]))
        try step.run(["x": ones])
        #expect(try step.outputs()["y"]?.floats == [Float](repeating: 6, count: 9))
        expectNoMessages(device)
        return device
      }
      let file = PipelineCacheFile(folder: folder, try run().logical.physical)
      let kept = file.read()
      #expect(!kept.isEmpty)
      _ = try run()
      // A backend that was not asked to writes nothing.
      try FileManager.default.removeItem(atPath: folder)
      let plain = try VulkanBackend(validation: false).openVulkan(0)
      _ = try plain.makeStep(program, state: plain.makeState([]))
      #expect(!FileManager.default.fileExists(atPath: folder))
      // What is damaged is written anew.
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data("nonsense".utf8).write(to: URL(fileURLWithPath: file.path))
      _ = try run()
      #expect(!file.read().isEmpty)
    }
  }
}
