import SfumatoImages

/// An array in the IDX format: two zero bytes, type, number of dimensions, the dimensions as big-endian u32, then
/// the values row by row.
struct IDXArray {
  let dimensions: [Int]
  let values: ArraySlice<UInt8>

  private static let maxBytes = 1 << 31

  /// Reads an array of unsigned bytes, the only type that images and labels come in.
  init(path: String) throws(DatasetError) {
    func malformed(_ message: String) -> DatasetError {
      DatasetError(.malformed(format: "IDX", message: message), source: path)
    }
    let bytes = try contents(of: path, limit: IDXArray.maxBytes)
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      throw malformed("it does not begin with two zero bytes; unpack it if it is compressed")
    }
    guard bytes[2] == 8 else {
      throw malformed("type \(bytes[2]), where 8 (unsigned bytes) is expected")
    }
    let rank = Int(bytes[3])
    guard (1...4).contains(rank), bytes.count >= 4 + 4 * rank else {
      throw malformed("\(rank) dimensions, or cut short in the header")
    }
    dimensions = (0..<rank).map { d in
      bytes[4 + 4 * d..<8 + 4 * d].reduce(0) { $0 << 8 | Int($1) }
    }
    var expected = 1
    for dimension in dimensions {
      let (product, overflow) = expected.multipliedReportingOverflow(by: dimension)
      guard !overflow else { throw malformed("dimensions \(dimensions) overflow") }
      expected = product
    }
    values = bytes[(4 + 4 * rank)...]
    guard values.count == expected else {
      throw malformed("\(values.count) values, where dimensions \(dimensions) ask for \(expected)")
    }
  }
}

/// Images and labels in two IDX files, as MNIST comes: `…images-idx3-ubyte` with `…labels-idx1-ubyte`.
public struct IDXImages: Dataset {
  public let source: String
  private let images: IDXArray
  private let labels: IDXArray?

  /// Opens a file of images, or the first such file of a folder (`train…` before others), with its labels when
  /// they are beside it.
  public init(path: String) throws(DatasetError) {
    guard let file = IDXImages.imagesFile(path) else {
      throw DatasetError(.empty(expected: "a file such as train-images-idx3-ubyte"), source: path)
    }
    source = file
    images = try IDXArray(path: file)
    let shape = images.dimensions
    guard shape.count >= 3, shape.allSatisfy({ $0 > 0 }), shape.count == 3 || [1, 3].contains(shape[3]),
      shape[1] <= 65_536, shape[2] <= 65_536, shape[1] * shape[2] <= DecodingLimits.standard.maxPixels
    else {
      throw DatasetError(
        .malformed(
          format: "IDX", message: "dimensions \(shape), where N x H x W or N x H x W x 3 is expected"),
        source: file)
    }
    let labelsFile = IDXImages.labelsFile(for: file)
    labels = try fileType(of: labelsFile) == .file ? IDXArray(path: labelsFile) : nil
    if let labels, labels.dimensions != [shape[0]] {
      throw DatasetError(
        .malformed(
          format: "IDX", message: "\(labels.dimensions) labels for \(shape[0]) images"), source: labelsFile)
    }
  }

  static func imagesFile(_ path: String) -> String? {
    if fileType(of: path) == .file { return path }
    let names = ((try? names(in: path)) ?? []).filter { $0.contains("images") && isIDX(path + "/" + $0) }
    return (names.first { $0.hasPrefix("train") } ?? names.first).map { path + "/" + $0 }
  }

  private static func labelsFile(for file: String) -> String {
    var parts = file.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    let name = parts.removeLast()
    let labels = name.replacing("images", with: "labels").replacing("idx3", with: "idx1")
      .replacing("idx4", with: "idx1")
    return (parts + [labels == name ? name + ".labels" : labels]).joined(separator: "/")
  }

  /// Whether a file begins like an IDX array of three or four dimensions of bytes.
  static func isIDX(_ path: String) -> Bool {
    let start = firstBytes(of: path, count: 4)
    return start == [0, 0, 8, 3] || start == [0, 0, 8, 4]
  }

  public var count: Int { images.dimensions[0] }
  public var byteCount: Int { images.values.count }

  public func record(at index: Int) -> Record {
    let label = labels.map { String($0.values[$0.values.startIndex + index]) }
    return Record(key: String(index), fields: label.map { ["class": $0] } ?? [:])
  }

  public func image(at index: Int) throws(ImageError) -> Image {
    let height = images.dimensions[1], width = images.dimensions[2]
    let channels = images.dimensions.count == 4 ? images.dimensions[3] : 1
    let size = width * height * channels
    let start = images.values.startIndex + index * size
    return Image(
      width: width, height: height, channels: channels, pixels: Array(images.values[start..<start + size]))
  }
}

extension DatasetKind {
  /// MNIST and its relatives.
  public static let idx = DatasetKind(
    name: "idx",
    summary: "IDX files such as MNIST's: train-images-idx3-ubyte, with labels beside it",
    recognizes: { path in
      fileType(of: path) == .file ? IDXImages.isIDX(path) : IDXImages.imagesFile(path) != nil
    }, open: { try IDXImages(path: $0) })
}
