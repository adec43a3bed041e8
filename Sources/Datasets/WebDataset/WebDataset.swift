import SfumatoImages

/// Images in tar files, as the WebDataset library lays them out.
///
/// A file's name is split at the first dot of its last part into key and extension; files that follow one another
/// with the same key form a sample. Its image is the file that ends in `png`, `jpg` or `jpeg`; the scalars of
/// its `json` are fields, `txt` is the field `text`, `cls` the field `class`.
public struct WebDataset: Dataset {
  public let source: String
  public let byteCount: Int
  public let notes: [String]
  private let shards: [String]
  private let images: [Sample]

  private struct Sample {
    var record: Record
    var shard: Int
    var offset: Int
    var size: Int
  }

  /// Opens one tar file, or all tar files in a folder in order of their names, and reads their headers.
  public init(path: String) throws(DatasetError) {
    source = path
    if fileType(of: path) == .folder {
      shards = try names(in: path).filter { fileExtension($0) == "tar" }.map { path + "/" + $0 }
    } else {
      shards = [path]
    }
    var images: [Sample] = []
    var without = 0
    for (number, shard) in shards.enumerated() {
      let entries = try TarIndex.entries(in: shard) { name, size in
        size <= MetadataFormat.maxLineBytes && ["json", "txt", "cls"].contains(fileExtension(name))
      }
      for members in WebDataset.samples(entries) {
        if let sample = try WebDataset.sample(members, shard: number, path: shard) {
          images.append(sample)
        } else {
          without += 1
        }
      }
    }
    guard !images.isEmpty else {
      throw DatasetError(
        .empty(expected: "tar entries ending in .jpeg, .jpg or .png"), source: path)
    }
    self.images = images
    byteCount = images.reduce(0) { $0 + $1.size }
    notes =
      without == 0 ? [] : ["\(without) sample\(without == 1 ? "" : "s") without a PNG or JPEG passed over"]
  }

  public var count: Int { images.count }

  public func record(at index: Int) -> Record { images[index].record }

  public func image(at index: Int) throws(ImageError) -> Image {
    let sample = images[index]
    let name = shards[sample.shard] + ":" + sample.record.key
    guard sample.size <= DecodingLimits.standard.maxBytes else {
      throw ImageError(
        .file("\(sample.size) bytes, over the limit of \(DecodingLimits.standard.maxBytes)"), source: name)
    }
    let range = sample.offset..<sample.offset + sample.size
    return try Image(decoding: fileBytes(at: shards[sample.shard], range: range), source: name)
  }

  /// Key and extension of an entry; nil for hidden files.
  private static func split(_ name: String) -> (key: String, ending: String)? {
    let name = name.hasPrefix("./") ? String(name.dropFirst(2)) : name
    let base = name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex
    guard let dot = name[base...].firstIndex(of: "."), dot != base else { return nil }
    return (String(name[..<dot]), fileExtension(name))
  }

  private typealias Member = (key: String, ending: String, entry: TarIndex.Entry)

  /// Runs of entries with the same key.
  private static func samples(_ entries: [TarIndex.Entry]) -> [[Member]] {
    var samples: [[Member]] = []
    for entry in entries {
      guard let (key, ending) = split(entry.name) else { continue }
      if samples.last?.first?.key == key {
        samples[samples.count - 1].append((key, ending, entry))
      } else {
        samples.append([(key, ending, entry)])
      }
    }
    return samples
  }

  private static func sample(
    _ members: [Member], shard: Int, path: String
  ) throws(DatasetError) -> Sample? {
    guard let image = members.first(where: { ImageFolder.extensions.contains($0.ending) }) else { return nil }
    var record = Record(key: image.key)
    for (_, ending, entry) in members {
      guard let content = entry.content else { continue }
      switch ending {
      case "json":
        guard let fields = jsonFields(content[...]) else {
          throw DatasetError(
            .malformed(format: "tar", message: "\(entry.name) is not a JSON object"), source: path)
        }
        record.fields.merge(fields) { _, new in new }
      case "txt": record.fields[Record.captionField] = trimmed(content)
      default: record.fields["class"] = trimmed(content)
      }
    }
    return Sample(record: record, shard: shard, offset: image.entry.offset, size: image.entry.size)
  }

  private static func trimmed(_ bytes: [UInt8]) -> String {
    var text = Substring(String(decoding: bytes, as: UTF8.self))
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}

extension DatasetKind {
  /// Tar files.
  public static let webDataset = DatasetKind(
    name: "webdataset",
    summary: "a tar file, or a folder of tar shards, of KEY.png or .jpg with KEY.json, .txt, .cls",
    recognizes: { path in
      if fileType(of: path) == .file { return fileExtension(path) == "tar" || looksLikeTar(path) }
      let listed = (try? names(in: path)) ?? []
      return !listed.isEmpty && listed.contains { fileExtension($0) == "tar" }
        && !listed.contains { ImageFolder.extensions.contains(fileExtension($0)) }
    }, open: { try WebDataset(path: $0) })
}

private func looksLikeTar(_ path: String) -> Bool {
  firstBytes(of: path, count: 262).dropFirst(257).elementsEqual("ustar".utf8)
}
