/// What one training step reads from the data: columns by name, a row for each image.
public struct Batch: Sendable, Hashable {
  public var columns: [String: Column]
  /// The number of each image in the labelled data set.
  public var indices: [Int]

  /// The name of the column of images.
  public static let images = "images"

  /// - Parameter images: numbers in [-1, 1], laid out (N, H, W, C).
  public init(images: [Float], indices: [Int]) {
    columns = [Self.images: .floats(images)]
    self.indices = indices
  }

  /// Numbers in [-1, 1], laid out (N, H, W, C).
  public var images: [Float] { columns[Self.images]?.floats ?? [] }
}
