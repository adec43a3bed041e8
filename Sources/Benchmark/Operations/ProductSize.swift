/// The size of a matrix product [rows, inner] · [inner, columns].
public struct ProductSize: Hashable, Sendable, CustomStringConvertible {
  public var rows: Int
  public var inner: Int
  public var columns: Int

  public init(rows: Int, inner: Int, columns: Int) {
    self.rows = rows
    self.inner = inner
    self.columns = columns
  }

  /// Reads `1024x256x64`.
  ///
  /// - Throws: `BenchmarkError.badProduct`.
  public init(parsing text: String) throws(BenchmarkError) {
    let words = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    let sizes = words.compactMap { $0 }.filter { (1...65_536).contains($0) }
    guard words.count == 3, sizes.count == 3 else { throw .badProduct(text: text) }
    self.init(rows: sizes[0], inner: sizes[1], columns: sizes[2])
  }

  public var description: String { "\(rows)×\(inner)×\(columns)" }
}
