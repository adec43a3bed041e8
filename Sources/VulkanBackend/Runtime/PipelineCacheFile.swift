import Foundation
import SfumatoBackend
import SfumatoRandom

/// Compiled pipelines of one device and driver, in a file that all processes of a user share. Drivers trust what they are given,
/// so a checksum stands before it; a file that is missing, damaged or cannot be written costs compiling, nothing else.
struct PipelineCacheFile {
  private static let magic = Array("sfumato pipelines 1\n".utf8)
  let path: String

  init(folder: String, _ device: PhysicalDevice) {
    self.init(path: "\(folder)/vulkan-\(device.pipelineIdentity).bin")
  }

  init(path: String) { self.path = path }

  /// What a driver has written; nothing where that is not whole.
  func read() -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { return [] }
    let bytes = [UInt8](data), start = Self.magic.count + 8
    guard bytes.count > start, bytes.starts(with: Self.magic) else { return [] }
    let content = Array(bytes[start...])
    return Self.checksum(content) == Array(bytes[Self.magic.count..<start]) ? content : []
  }

  /// Replaces the file, where that can be done.
  func write(_ content: [UInt8]) {
    let folder = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    _ = CacheFolder.replace(path, with: Data(Self.magic + Self.checksum(content) + content))
  }

  /// A hash, its lowest byte first.
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    let hash = StableHash(bytes).value
    return (0..<8).map { UInt8(truncatingIfNeeded: hash >> (8 * UInt64($0))) }
  }
}
