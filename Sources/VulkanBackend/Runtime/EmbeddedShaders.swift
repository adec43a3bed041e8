import CShaders
import Foundation

/// The shaders compiled from `Shaders/`, by variant name.
enum EmbeddedShaders {
  /// What a device runs: what is embedded, but for what the environment replaces (`SFUMATO_VULKAN_SHADERS`, a folder).
  nonisolated(unsafe) static let byName: [String: UnsafeBufferPointer<UInt32>] =
    embedded.merging((try? replaced.get()) ?? [:]) { $1 }

  /// What is compiled into the program.
  nonisolated(unsafe) static let embedded: [String: UnsafeBufferPointer<UInt32>] = {
    var count = 0
    guard let first = sfumato_shaders(&count) else { return [:] }
    var found: [String: UnsafeBufferPointer<UInt32>] = [:]
    for shader in UnsafeBufferPointer(start: first, count: count) {
      found[String(cString: shader.name)] = UnsafeBufferPointer(start: shader.words, count: shader.word_count)
    }
    return found
  }()

  /// What the environment's folder holds, read once; the error is for whoever opens a device.
  nonisolated(unsafe) static let replaced: Result<[String: UnsafeBufferPointer<UInt32>], VulkanError> = {
    guard let folder = ProcessInfo.processInfo.environment["SFUMATO_VULKAN_SHADERS"] else {
      return .success([:])
    }
    return Result { () throws(VulkanError) in try read(folder) }
  }()

  /// The variants in a folder: `NAME.spv` is used instead of the embedded NAME. Their words are kept for ever.
  ///
  /// Throws `shaderFolder` where the folder cannot be read, has no such file, or one that is no SPIR-V or replaces nothing.
  static func read(_ folder: String) throws(VulkanError) -> [String: UnsafeBufferPointer<UInt32>] {
    guard let files = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
      throw .shaderFolder(folder, problem: "it cannot be read")
    }
    var found: [String: UnsafeBufferPointer<UInt32>] = [:]
    for file in files.sorted() where file.hasSuffix(".spv") {
      let name = String(file.dropLast(4))
      guard embedded[name] != nil else {
        throw .shaderFolder(folder, problem: "\(file) replaces nothing; Shaders/variants.txt lists the names")
      }
      guard let data = FileManager.default.contents(atPath: "\(folder)/\(file)"), let words = words(data)
      else {
        throw .shaderFolder(folder, problem: "\(file) is no SPIR-V")
      }
      found[name] = words
    }
    guard !found.isEmpty else { throw .shaderFolder(folder, problem: "it has no .spv file") }
    return found
  }

  private static func words(_ data: Data) -> UnsafeBufferPointer<UInt32>? {
    // Five words of header, the first of them SPIR-V's magic number.
    guard data.count % 4 == 0, data.count >= 20 else { return nil }
    let words = UnsafeMutableBufferPointer<UInt32>.allocate(capacity: data.count / 4)
    _ = data.copyBytes(to: words)
    guard words[0] == 0x0723_0203 else {
      words.deallocate()
      return nil
    }
    return UnsafeBufferPointer(words)
  }
}
