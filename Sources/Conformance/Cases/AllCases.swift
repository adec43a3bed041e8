import SfumatoGraph

extension ConformanceCase {
  /// Every case of every primitive, large ones excepted.
  public static let primitives: [ConformanceCase] = pointwise + movement + products

  /// Elementwise operations.
  public static let pointwise: [ConformanceCase] = unary + binary + casts + selects + clusters

  /// Operations that move, repeat or combine elements along axes, or make them.
  public static let movement: [ConformanceCase] =
    reductions + scans + reshapes + transposes + broadcasts + slices + pads + concats + lookups + sources

  /// Matrix products and convolutions, by themselves and with what follows them.
  public static let products: [ConformanceCase] = matmuls + convolutions + followed

  /// Sizes that a kernel gets wrong when it is careless: none, one, primes, around a vector, a workgroup, 16 bits.
  static let sizes = [
    0, 1, 2, 3, 7, 13, 31, 32, 33, 63, 64, 65, 127, 128, 129, 251, 255, 256, 257, 509, 1021, 1023, 1024, 1025,
    4099, 65_537,
  ]

  /// The highest order that is worth its time at so many elements.
  static func orderLimit(_ count: Int) -> Int { count > 20_000 ? 1 : 2 }
}

extension DType {
  /// The types that arithmetic is done in.
  public static let floats: [DType] = [.f32, .f16, .bf16]

  /// The types that hold whole numbers or truth values, with what their elements are drawn from in a test of movement.
  static let others: [(dtype: DType, distribution: Distribution)] = [
    (.i32, .integers(-2_000_000_000, 2_000_000_000)), (.u32, .integers(0, 2_000_000_000)),
    (.bool, .integers(0, 1)),
  ]
}

extension Array {
  /// Every `step`-th element.
  func every(_ step: Int) -> [Element] { indices.filter { $0 % step == 0 }.map { self[$0] } }
}
