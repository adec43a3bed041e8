import SfumatoGraph

extension ConformanceCase {
  /// Between all pairs of types.
  static let casts: [ConformanceCase] = DType.allCases.flatMap { source in
    DType.allCases.filter { $0 != source }.flatMap { target in casts(from: source, to: target) }
  }

  private static func casts(from source: DType, to target: DType) -> [ConformanceCase] {
    let tolerance: Tolerance? = source.isFloat || target.isFloat ? nil : 0
    func test(_ size: Int, _ distribution: Distribution, _ detail: String, _ maxOrder: Int) -> ConformanceCase
    {
      ConformanceCase(
        "cast", "to \(target.rawValue)\(detail)", inputs: [.init(source, [size], distribution)],
        tolerance: target.isFloat ? Tolerance.coarser(source, target) : tolerance ?? 0, maxOrder: maxOrder
      ) { [try $0[0].cast(target)] }
    }
    let isSmooth = source.isFloat && target.isFloat
    let plain = [0, 1, 7, 64, 129, 1024, 1025].map { test($0, usual(source, target), "", isSmooth ? 2 : 0) }
    if source.isFloat { return plain + [test(997, .special, " special values", 0)] }
    return plain + [test(997, DType.others.first { $0.dtype == source }?.distribution ?? .normal, " wide", 0)]
  }

  private static func usual(_ source: DType, _ target: DType) -> Distribution {
    switch source {
    case .f32, .f16, .bf16:
      target == .bool ? .integers(-1, 1) : target == .u32 ? .uniform(-2, 9) : .uniform(-5, 5)
    case .i32: .integers(target == .u32 ? -9 : -1000, 1000)
    case .u32: .integers(0, 1000)
    case .bool: .integers(0, 1)
    }
  }
}

extension Tolerance {
  /// The larger one of what two types cost.
  fileprivate static func coarser(_ a: DType, _ b: DType) -> Tolerance {
    let (a, b) = (Tolerance(a), Tolerance(b))
    return Tolerance(value: max(a.value, b.value), gradient: max(a.gradient, b.gradient))
  }
}
