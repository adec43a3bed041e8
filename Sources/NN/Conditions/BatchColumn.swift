import SfumatoGraph

/// A column of a batch: a row for each image, all of one type and shape.
public struct BatchColumn: Hashable, Sendable {
  /// Also what a program calls the input that it goes to.
  public let name: String
  public let dtype: DType
  /// The shape of a row; [] for one number.
  public let rowShape: Shape

  public init(_ name: String, _ dtype: DType, _ rowShape: Shape = []) {
    self.name = name
    self.dtype = dtype
    self.rowShape = rowShape
  }

  /// The type of `count` rows.
  public func type(rows count: Int) -> TensorType {
    TensorType(dtype, Shape([count] + rowShape.dimensions))
  }
}
