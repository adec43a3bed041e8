import SfumatoGraph

extension ConformanceCase {
  /// Tensors of more than 65,535 workgroups of 64, and around the 128 MiB that a binding of some devices shows.
  public static let large: [ConformanceCase] = [
    large("exp", [[manyGroups]]) { [try $0[0].exp()] },
    large("add", [[manyGroups], [manyGroups]]) { [try $0[0] + $0[1]] },
    large("reduceSum", [[65_537, 65]]) { [try $0[0].reduceSum([1]), try $0[0].reduceSum()] },
    large("reduceMax", [[manyGroups]]) { [try $0[0].reduceMax()] },
    large("transpose", [[2049, 2051]]) { [try $0[0].transpose([1, 0])] },
    large("broadcast", [[1, 65]]) { [try $0[0].broadcast([65_537, 65])] },
    large("gather", [[70_001, 61]]) {
      let rows = try $0[0].graph.iota(axis: 0, [70_001])
      return [try $0[0].gather(rows * -1 + 70_000)]
    },
    large("mul", [[bindingFloats]]) { [try $0[0] * 3] },
    large("mul", [[bindingFloats + 1]]) { [try $0[0] * 3] },
  ]

  private static let manyGroups = 65_536 * 64 + 65
  /// f32 elements in 128 MiB.
  private static let bindingFloats = 1 << 25

  private static func large(
    _ operation: String, _ shapes: [Shape], _ trace: @escaping @Sendable ([Tensor]) throws -> [Tensor]
  ) -> ConformanceCase {
    ConformanceCase(
      operation, "large", inputs: shapes.map { .init(.f32, $0, .integers(-8, 8)) }, maxOrder: 0,
      isLarge: true,
      trace: trace)
  }
}
