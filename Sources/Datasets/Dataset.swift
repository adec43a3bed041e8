import SfumatoImages

/// What is known of an image without decoding it.
public struct Record: Sendable, Hashable {
  /// What the image is called: its path in a folder, its key in an archive, its number in a binary file.
  public var key: String
  /// What is said of it: `class` from a folder or a label file, `text` and others from metadata.
  public var fields: [String: String]

  public init(key: String, fields: [String: String] = [:]) {
    self.key = key
    self.fields = fields
  }

  /// The field that holds an image's caption.
  public static let captionField = "text"
}

/// A sequence of images, each with a record, in an order that depends on the files only.
///
/// Conforming types are safe to use from several threads at once.
public protocol Dataset: Sendable {
  /// Where the images are: a path.
  var source: String { get }
  /// How many images there are, bad ones included.
  var count: Int { get }
  /// Bytes that decoding all images reads; tells whether that can be done ahead.
  var byteCount: Int { get }
  /// The values of a field in the order of their numbers, where a file prescribes it.
  var vocabulary: [String: [String]] { get }
  /// What was passed over when the data set was opened, one sentence each.
  var notes: [String] { get }

  /// The record of image `index`, from 0 to `count`.
  func record(at index: Int) -> Record
  /// Reads and decodes image `index`.
  func image(at index: Int) throws(ImageError) -> Image
}

extension Dataset {
  public var vocabulary: [String: [String]] { [:] }
  public var notes: [String] { [] }
}
