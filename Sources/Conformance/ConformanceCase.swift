import SfumatoGraph

/// One check of one operation: a value, so that suites can be listed, filtered and counted.
public struct ConformanceCase: Sendable, CustomStringConvertible {
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
  /// The element type under test.
  public var dtype: DType
  /// The largest normalised mean squared error of a value, and of a gradient.
  public var tolerance: Tolerance
  /// The highest order of differentiation that is checked.
  public var maxOrder: Int
  /// Whether the case takes hundreds of megabytes: it runs once, in one layout.
  public var isLarge: Bool
  /// Traces the operation on the inputs.
  public var trace: @Sendable ([Tensor]) throws -> [Tensor]

  /// - Parameters:
  ///   - dtype: the type of the first input when nil.
  ///   - tolerance: what `dtype` allows when nil.
  ///   - maxOrder: 2 at f32 and 1 for half storage, or less where this says so.
  public init(
    _ operation: String, _ detail: String = "", inputs: [Input], dtype: DType? = nil,
    tolerance: Tolerance? = nil, maxOrder: Int = 2, isLarge: Bool = false,
    trace: @escaping @Sendable ([Tensor]) throws -> [Tensor]
  ) {
    let dtype = dtype ?? inputs.first?.type.dtype ?? .f32
    self.operation = operation
    self.detail = detail
    self.inputs = inputs
    self.dtype = dtype
    self.tolerance = tolerance ?? Tolerance(dtype)
    self.maxOrder = min(maxOrder, dtype == .f32 ? 2 : dtype.isFloat ? 1 : 0)
    self.isLarge = isLarge
    self.trace = trace
  }

  /// The types of the inputs, as `f32[3, 4] i32[4]`.
  public var types: String { inputs.map { "\($0.type)" }.joined(separator: " ") }

  public var description: String {
    [operation, detail, types].filter { !$0.isEmpty }.joined(separator: " ")
  }
}

/// How far from the reference a result may be: Σ(a − b)² / Σb².
public struct Tolerance: Hashable, Sendable, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  public var value: Double
  public var gradient: Double

  public init(value: Double, gradient: Double) {
    self.value = value
    self.gradient = gradient
  }

  public init(floatLiteral value: Double) { self.init(value: value, gradient: value) }
  public init(integerLiteral value: Int) { self.init(value: Double(value), gradient: Double(value)) }

  /// What storage in `dtype` costs: nothing for integers; a rounding to 11 bits is an error of 4e-8, one to 8 bits
  /// of 3e-6.
  public init(_ dtype: DType) {
    switch dtype {
    case .f32: self.init(value: 1e-9, gradient: 1e-9)
    case .f16: self.init(value: 3e-7, gradient: 5e-6)
    case .bf16: self.init(value: 2e-5, gradient: 1e-4)
    case .i32, .u32, .bool: self.init(value: 0, gradient: 0)
    }
  }

  /// What it costs when each of a dozen operations one after another rounds its result to `dtype`, as a region does that
  /// runs through its body. Differences of nearly equal numbers are among them.
  public static func chained(_ dtype: DType) -> Tolerance {
    switch dtype {
    case .f16: Tolerance(value: 2e-5, gradient: 5e-5)
    case .bf16: Tolerance(value: 1e-3, gradient: 2e-3)
    case .f32, .i32, .u32, .bool: Tolerance(dtype)
    }
  }

  /// The tolerance of a program of this order of differentiation.
  public subscript(order: Int) -> Double { order == 0 ? value : gradient }
}
