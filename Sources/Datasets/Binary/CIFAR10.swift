import SfumatoImages

/// The binary version of CIFAR-10: records of one label byte and 3 × 1024 bytes, red, green and blue planes of
/// 32×32.
///
/// Classes are named as `batches.meta.txt` beside the files says, else by number.
public struct CIFAR10: Dataset {
  public let source: String
  private let bytes: [UInt8]
  private let classNames: [String]

  private static let side = 32
  private static let planeSize = side * side
  static let recordSize = 1 + 3 * planeSize
  private static let maxFileBytes = 1 << 28

  /// Reads one file, or the `data_batch_*.bin` files of a folder (its `test_batch.bin` when there are no others).
  public init(path: String) throws(DatasetError) {
    source = path
    let isFolder = fileType(of: path) == .folder
    let folder =
      isFolder
      ? path
      : path.split(separator: "/", omittingEmptySubsequences: false)
        .dropLast().joined(separator: "/")
    let files = isFolder ? try CIFAR10.batches(in: path) : [path]
    var bytes: [UInt8] = []
    for file in files {
      let batch = try contents(of: file, limit: CIFAR10.maxFileBytes)
      guard batch.count % CIFAR10.recordSize == 0 else {
        throw DatasetError(
          .malformed(
            format: "CIFAR-10", message: "\(batch.count) bytes is no multiple of \(CIFAR10.recordSize)"),
          source: file)
      }
      bytes += batch
    }
    guard !bytes.isEmpty else {
      throw DatasetError(.empty(expected: "data_batch_*.bin files of records"), source: path)
    }
    self.bytes = bytes
    classNames = CIFAR10.classNames(in: folder.isEmpty ? "." : folder)
    for i in 0..<bytes.count / CIFAR10.recordSize where bytes[i * CIFAR10.recordSize] >= classNames.count {
      let label = bytes[i * CIFAR10.recordSize]
      throw DatasetError(
        .malformed(format: "CIFAR-10", message: "record \(i) has label \(label), over 9"), source: path)
    }
  }

  static func batches(in folder: String) throws(DatasetError) -> [String] {
    let names = try names(in: folder).filter { $0.hasSuffix(".bin") }
    let training = names.filter { $0.hasPrefix("data_batch") }
    return (training.isEmpty ? names.filter { $0 == "test_batch.bin" } : training).map { folder + "/" + $0 }
  }

  private static func classNames(in folder: String) -> [String] {
    let numbers = (0..<10).map(String.init)
    guard let text = try? contents(of: folder + "/batches.meta.txt", limit: 1 << 16) else { return numbers }
    let names = String(decoding: text, as: UTF8.self).split(whereSeparator: \.isNewline)
    let trimmed = names.map { String($0.filter { !$0.isWhitespace }) }.filter { !$0.isEmpty }
    return trimmed.count == 10 && Set(trimmed).count == 10 ? trimmed : numbers
  }

  public var count: Int { bytes.count / CIFAR10.recordSize }
  public var byteCount: Int { bytes.count }
  public var vocabulary: [String: [String]] { ["class": classNames] }

  public func record(at index: Int) -> Record {
    Record(key: String(index), fields: ["class": classNames[Int(bytes[index * CIFAR10.recordSize])]])
  }

  public func image(at index: Int) throws(ImageError) -> Image {
    let start = index * CIFAR10.recordSize + 1, plane = CIFAR10.planeSize
    var pixels = [UInt8](repeating: 0, count: 3 * plane)
    for i in 0..<plane {
      for c in 0..<3 { pixels[3 * i + c] = bytes[start + c * plane + i] }
    }
    return Image(width: CIFAR10.side, height: CIFAR10.side, channels: 3, pixels: pixels)
  }
}

/// A file's bytes, a failure told as a data set's.
func contents(of path: String, limit: Int) throws(DatasetError) -> [UInt8] {
  do {
    return try fileBytes(at: path, limit: limit)
  } catch {
    throw DatasetError(.file(error.explanation), source: path)
  }
}

extension DatasetKind {
  /// CIFAR-10 in its binary version.
  public static let cifar10 = DatasetKind(
    name: "cifar10",
    summary: "CIFAR-10, binary version: a folder of data_batch_*.bin, or one such file",
    recognizes: { path in
      switch fileType(of: path) {
      case .folder: return (try? !CIFAR10.batches(in: path).isEmpty) ?? false
      case .file:
        let size = fileSize(of: path)
        return fileExtension(path) == "bin" && size > 0 && size % CIFAR10.recordSize == 0
      default: return false
      }
    }, open: { try CIFAR10(path: $0) })
}
