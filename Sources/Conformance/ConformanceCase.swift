import SfumatoGraph
import SfumatoRandom

/// One check of one operation: a value, so that suites can be listed, filtered and counted.
public struct ConformanceCase: Sendable, CustomStringConvertible {
  /// What the elements of an input are drawn from.
  public enum Distribution: Sendable {
    case normal
    case uniform(Double, Double)
    /// Whole numbers, the upper bound included.
    case integers(Int, Int)
    /// Normal numbers with NaN, both infinities, both zeros and very large numbers among them.
    case special
  }

  /// The type and the contents of an input.
  public struct Input: Sendable {
    public var type: TensorType
    public var distribution: Distribution
    public init(_ dtype: DType, _ shape: Shape, _ distribution: Distribution = .normal) {
      type = TensorType(dtype, shape)
      self.distribution = distribution
    }
  }

  /// The operation or region under test.
  public var operation: String
  /// What distinguishes this case from others of the operation.
  public var detail: String
  public var inputs: [Input]
  /// The largest normalised mean squared error of a value or gradient.
  public var tolerance: Double
  /// The highest order of differentiation that is checked.
  public var maxOrder: Int
  /// Traces the operation on the inputs.
  public var trace: @Sendable ([Tensor]) throws -> [Tensor]

  public init(
    _ operation: String, _ detail: String = "", inputs: [Input], tolerance: Double = 1e-9, maxOrder: Int = 2,
    trace: @escaping @Sendable ([Tensor]) throws -> [Tensor]
  ) {
    self.operation = operation
    self.detail = detail
    self.inputs = inputs
    self.tolerance = tolerance
    self.maxOrder = maxOrder
    self.trace = trace
  }

  public var description: String {
    let types = inputs.map { "\($0.type)" }.joined(separator: " ")
    return [operation, detail, types].filter { !$0.isEmpty }.joined(separator: " ")
  }

  /// The elements of input `position`, the same for every run.
  public func elements(_ position: Int, seed: UInt64 = 1) -> [Double] {
    let input = inputs[position]
    let stream = RandomStream(seed: seed, step: UInt64(position), purpose: .noise)
    return (0..<input.type.count).map { index in
      let drawn: Double =
        switch input.distribution {
        case .normal: stream.normal(index)
        case .uniform(let low, let high): low + (high - low) * stream.uniform(index)
        case .integers(let low, let high): Double(low + Int(stream.word(index) % UInt32(high - low + 1)))
        case .special: Self.special(stream, index)
        }
      return input.type.dtype == .f32 ? Double(Float(drawn)) : drawn
    }
  }

  private static func special(_ stream: RandomStream, _ index: Int) -> Double {
    switch stream.word(index) % 12 {
    case 0: .nan
    case 1: .infinity
    case 2: -.infinity
    case 3: 0
    case 4: -0.0
    case 5: 1e-30
    case 6: 3e38
    default: stream.normal(index)
    }
  }
}
