import SfumatoGraph
import SfumatoRandom

/// A parameter as a model declares it.
public struct Parameter: Hashable, Sendable {
  /// How checkpoints, which follow PyTorch, lay out the elements.
  public enum Layout: Hashable, Sendable {
    /// As in the graph.
    case same
    /// A kernel: (O, kh, kw, I) in the graph, (O, I, kh, kw) in the checkpoint.
    case kernel
  }

  /// The path in the model, such as `mid_block.resnets.0.conv1.weight`; also the checkpoint's key.
  public let name: String
  /// The shape in the graph.
  public let shape: Shape
  public let layout: Layout
  public let initializer: Initializer
  /// What its values keep to.
  public let constraint: Constraint
  /// Whether the optimizer changes it.
  public let isTrainable: Bool

  public init(
    name: String, shape: Shape, layout: Layout = .same, initializer: Initializer,
    constraint: Constraint = .none, isTrainable: Bool = true
  ) {
    precondition(layout == .same || shape.rank == 4, "a kernel has rank 4")
    precondition(constraint == .none || shape.rank >= 2, "what has rows has rank 2")
    self.name = name
    self.shape = shape
    self.layout = layout
    self.initializer = initializer
    self.constraint = constraint
    self.isTrainable = isTrainable
  }

  /// The number of elements.
  public var count: Int { shape.count }

  /// The shape in the checkpoint.
  public var checkpointShape: Shape {
    layout == .kernel ? [shape[0], shape[3], shape[1], shape[2]] : shape
  }

  /// Elements in the graph's order, from the checkpoint's.
  public func graphLayout<Element>(_ values: [Element]) -> [Element] {
    guard layout == .kernel else { return values }
    return Self.exchange(values, outer: shape[0], from: (shape[3], shape[1] * shape[2]))
  }

  /// Elements in the checkpoint's order, from the graph's.
  public func checkpointLayout<Element>(_ values: [Element]) -> [Element] {
    guard layout == .kernel else { return values }
    return Self.exchange(values, outer: shape[0], from: (shape[1] * shape[2], shape[3]))
  }

  /// The values to start training from, in the graph's order; a function of (seed, name, shape) only.
  public func initialValues(seed: UInt64) -> [Float] {
    let stream = RandomStream(seed: seed, step: nameHash, purpose: .initialization)
    return constraint(initializer.values(count, stream: stream), rows: shape.dimensions.first ?? 1)
  }

  /// The number of this parameter's own random stream.
  private var nameHash: UInt64 { StableHash(name.utf8).value }

  /// Transposes each of `outer` matrices of (rows, columns).
  private static func exchange<Element>(
    _ values: [Element], outer: Int, from: (rows: Int, columns: Int)
  ) -> [Element] {
    precondition(values.count == outer * from.rows * from.columns, "the values must fill the parameter")
    var result: [Element] = []
    result.reserveCapacity(values.count)
    for block in 0..<outer {
      let base = block * from.rows * from.columns
      for column in 0..<from.columns {
        for row in 0..<from.rows { result.append(values[base + row * from.columns + column]) }
      }
    }
    return result
  }
}

/// How a parameter's first values are drawn.
public enum Initializer: Hashable, Sendable {
  case constant(Float)
  /// Uniform in (−bound, bound).
  case uniform(bound: Double)
  /// Gaussian with mean 0.
  case normal(deviation: Double)

  public static let zeros = Initializer.constant(0)
  public static let ones = Initializer.constant(1)

  /// PyTorch's default for kernels, matrices and their biases: uniform within 1/√fanIn (Kaiming with a = √5).
  public static func fanIn(_ fanIn: Int) -> Initializer {
    .uniform(bound: 1 / Double(max(fanIn, 1)).squareRoot())
  }

  func values(_ count: Int, stream: RandomStream) -> [Float] {
    switch self {
    case .constant(let value): Array(repeating: value, count: count)
    case .uniform(let bound): stream.uniforms(count).map { Float((2 * $0 - 1) * bound) }
    case .normal(let deviation): stream.normals(count) { Float($0 * deviation) }
    }
  }
}
