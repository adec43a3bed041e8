import Foundation
import Testing

@testable import SfumatoVulkanBackend

/// A folder of shaders instead of the built-in ones.
struct EmbeddedShaderTests {
  private func folder(_ files: [String: [UInt8]]) throws -> String {
    let folder = FileManager.default.temporaryDirectory.appending(path: "shaders-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, bytes) in files { try Data(bytes).write(to: folder.appending(path: name)) }
    return folder.path
  }

  @Test func aFolderReplacesShadersByName() throws {
    let embedded = try #require(EmbeddedShaders.embedded["iota"])
    let folder = try folder(["philox.spv": Array(UnsafeRawBufferPointer(embedded)), "notes.txt": []])
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let read = try EmbeddedShaders.read(folder)
    #expect(read.keys.sorted() == ["philox"])
    #expect(read["philox"].map { Array($0) } == Array(embedded))
  }

  @Test(arguments: [
    (["philox.spv": [UInt8](repeating: 1, count: 24)], "philox.spv is no SPIR-V"),
    (["philox.spv": [3, 2, 35, 7]], "philox.spv is no SPIR-V"),
    (["philx.spv": []], "philx.spv replaces nothing; Shaders/variants.txt lists the names"),
    (["notes.txt": []], "it has no .spv file"),
  ])
  func aFolderThatReplacesNothingIsRefused(_ files: [String: [UInt8]], _ problem: String) throws {
    let folder = try folder(files)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    #expect(throws: VulkanError.shaderFolder(folder, problem: problem)) { try EmbeddedShaders.read(folder) }
  }

  @Test func aMissingFolderIsRefused() {
    #expect(throws: VulkanError.shaderFolder("/nowhere", problem: "it cannot be read")) {
      try EmbeddedShaders.read("/nowhere")
    }
  }
}
