import SfumatoImages

/// The PNG and JPEG files below a folder.
///
/// The name of the first sub-folder on the way to a file is its field `class`. Files `metadata.jsonl` and
/// `metadata.csv` at any level add fields to the images that they name. Files are in order of their paths.
public struct ImageFolder: Dataset {
  public let source: String
  public let byteCount: Int
  public let notes: [String]
  private let paths: [String]
  private let fields: [String: [String: String]]

  /// Lists the folder and reads its metadata; images are not read.
  public init(path: String) throws(DatasetError) {
    var paths: [String] = []
    var fields: [String: [String: String]] = [:]
    var ignored: [String: Int] = [:]
    for file in try files(below: path) {
      if let format = MetadataFormat(fileName: file) {
        let folder = file.split(separator: "/").dropLast().map { $0 + "/" }.joined()
        for (name, row) in try metadata(at: path + "/" + file, format) {
          fields[folder + name, default: [:]].merge(row) { _, new in new }
        }
      } else if ImageFolder.extensions.contains(fileExtension(file)) {
        paths.append(file)
      } else {
        ignored[fileExtension(file), default: 0] += 1
      }
    }
    guard !paths.isEmpty else {
      throw DatasetError(.empty(expected: "files ending in .jpeg, .jpg or .png"), source: path)
    }
    source = path
    self.paths = paths
    self.fields = fields
    byteCount = paths.reduce(0) { $0 + fileSize(of: path + "/" + $1) }
    notes = ImageFolder.notes(ignored: ignored, unmatched: Set(fields.keys).subtracting(paths))
  }

  /// The endings of files that are taken for images; what they hold is told by their content.
  public static let extensions = ["jpeg", "jpg", "png"]

  public var count: Int { paths.count }

  public func record(at index: Int) -> Record {
    let path = paths[index]
    var fields = self.fields[path] ?? [:]
    let parts = path.split(separator: "/")
    if parts.count > 1, fields["class"] == nil { fields["class"] = String(parts[0]) }
    return Record(key: path, fields: fields)
  }

  public func image(at index: Int) throws(ImageError) -> Image {
    try Image(contentsOf: source + "/" + paths[index])
  }

  private static func notes(ignored: [String: Int], unmatched: Set<String>) -> [String] {
    var notes: [String] = []
    for (ending, number) in ignored.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      let name = ending.isEmpty ? "without an ending" : "ending in .\(ending)"
      notes.append("\(number) file\(number == 1 ? "" : "s") \(name) passed over")
    }
    if let example = unmatched.min() {
      notes.append("metadata names \(unmatched.count) images that are not there, such as \(example)")
    }
    return notes
  }
}

extension DatasetKind {
  /// A folder of PNG and JPEG files.
  public static let folder = DatasetKind(
    name: "folder",
    summary: "PNG and JPEG files below a folder; sub-folders are classes; metadata.jsonl or .csv",
    recognizes: { fileType(of: $0) == .folder }, open: { try ImageFolder(path: $0) })
}
