/// The values of a column of a batch, row after row; or one row of it.
public enum Column: Hashable, Sendable {
  case floats([Float])
  case integers([Int32])

  /// The numbers of a column of floats; empty for integers.
  public var floats: [Float] { if case .floats(let values) = self { values } else { [] } }
  /// The numbers of a column of integers; empty for floats.
  public var integers: [Int32] { if case .integers(let values) = self { values } else { [] } }

  /// Rows of one type, one after another; nil for none.
  public static func joined(_ rows: [Column]) -> Column? {
    switch rows.first {
    case .floats?: .floats(rows.flatMap(\.floats))
    case .integers?: .integers(rows.flatMap(\.integers))
    case nil: nil
    }
  }
}

/// A column of batches beside the images.
public struct ColumnSource: Sendable {
  public let name: String
  /// The row of chosen image `index`.
  public let row: @Sendable (_ index: Int, _ dataset: LabelledDataset) throws -> Column

  public init(
    _ name: String, row: @escaping @Sendable (_ index: Int, _ dataset: LabelledDataset) throws -> Column
  ) {
    self.name = name
    self.row = row
  }
}
