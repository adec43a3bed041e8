extension ConformanceCase {
  /// Every case of every primitive.
  public static let primitives: [ConformanceCase] = pointwise + movement + products
}
