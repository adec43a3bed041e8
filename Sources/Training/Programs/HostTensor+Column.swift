import SfumatoBackend
import SfumatoConditions
import SfumatoDatasets
import SfumatoNN

extension HostTensor {
  /// The rows `rows` of a batch's column.
  init(_ column: Column, rows: Range<Int>, of described: BatchColumn) {
    let size = described.rowShape.count, taken = rows.lowerBound * size..<rows.upperBound * size
    let shape = described.type(rows: rows.count).shape
    switch column {
    case .floats(let values): self.init(values[taken], shape)
    case .integers(let values): self.init(Array(values[taken]), shape)
    }
  }
}

extension ConditionSet {
  /// The inputs of a program for images that are told `rows`.
  func tensors(_ rows: [ConditionValues]) -> [String: HostTensor] {
    let columns = columns(rows)
    return Dictionary(
      uniqueKeysWithValues: all.flatMap(\.columns).compactMap { described in
        columns[described.name].map { (described.name, HostTensor($0, rows: 0..<rows.count, of: described)) }
      })
  }
}
