/// The extents of a tensor, outermost first; images are (N, H, W, C). A scalar has no dimensions.
public struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  public var dimensions: [Int]

  public init(_ dimensions: [Int]) { self.dimensions = dimensions }
  public init(arrayLiteral elements: Int...) { dimensions = elements }

  public var rank: Int { dimensions.count }

  /// The number of elements: the product of the extents.
  public var count: Int { dimensions.reduce(1, *) }

  public subscript(axis: Int) -> Int {
    get { dimensions[axis] }
    set { dimensions[axis] = newValue }
  }

  /// Row-major strides, in elements.
  public var strides: [Int] {
    var strides = Array(repeating: 1, count: rank)
    for axis in stride(from: rank - 2, through: 0, by: -1) {
      strides[axis] = strides[axis + 1] * dimensions[axis + 1]
    }
    return strides
  }

  /// This shape with the extents at `axes` replaced by 1.
  public func reducing(_ axes: [Int]) -> Shape {
    var result = self
    for axis in axes { result[axis] = 1 }
    return result
  }

  public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}

/// What a value is: its element type and its shape. Tensors are always contiguous and row-major.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
  public var dtype: DType
  public var shape: Shape

  public init(_ dtype: DType, _ shape: Shape) {
    self.dtype = dtype
    self.shape = shape
  }

  public var count: Int { shape.count }
  public var byteCount: Int { shape.count * dtype.byteSize }
  public var description: String { dtype.rawValue + shape.description }
}
