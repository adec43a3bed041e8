import SfumatoGraph

extension ConformanceCase {
  static let selects: [ConformanceCase] =
    DType.floats.flatMap { selects($0, .normal) + [select($0, 997, .special, "special values")] }
    + DType.others.flatMap { selects($0.dtype, $0.distribution) }

  private static func selects(_ dtype: DType, _ distribution: Distribution) -> [ConformanceCase] {
    sizes.map { select(dtype, $0, distribution) }
  }

  private static func select(
    _ dtype: DType, _ size: Int, _ distribution: Distribution, _ detail: String = ""
  ) -> ConformanceCase {
    ConformanceCase(
      "select", detail,
      inputs: [
        .init(.bool, [size], .integers(0, 1)), .init(dtype, [size], distribution),
        .init(dtype, [size], distribution),
      ], dtype: dtype, maxOrder: detail.isEmpty ? orderLimit(size) : 0
    ) { [try $0[0].select($0[1], $0[2])] }
  }
}
