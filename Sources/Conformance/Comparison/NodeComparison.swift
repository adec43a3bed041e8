import SfumatoBackend
import SfumatoGraph

/// Where two devices part on a program.
public struct NodeComparison: Sendable {
  /// A node whose results differ.
  public struct Difference: Sendable {
    /// The node's number in the program.
    public var index: Int
    public var operation: String
    /// Where in the model the node was traced.
    public var scope: String
    /// The types of its operands and results, as `f32[2, 3] → f32[3]`.
    public var types: String
    /// The normalised mean squared error, after all that comes before.
    public var error: Double
    /// The error of this node alone, handed the first device's operands.
    public var ownError: Double
  }

  /// Nodes whose results were compared.
  public let nodes: Int
  /// The first difference, in the program's order; nil where there is none.
  public let first: Difference?
  /// How many nodes differ.
  public let differing: Int
  /// The largest error of a node that counts as equal.
  public let largestError: Double
  /// Nodes that differ, but only by what became of rounding: a sum that is zero but for rounding differs by all it is, and
  /// an optimizer that divides it by its size makes a step of it; and what was rounded to 16 bits goes on from there. Each
  /// agrees when it is handed the same operands.
  public let fromRounding: Int

  /// Runs `program` on both devices so that every node's results can be read, and compares them in order.
  ///
  /// - Parameters:
  ///   - inputs: a tensor for each input, by name.
  ///   - states: a tensor for each state before the step, by name.
  ///   - tolerance: the largest normalised mean squared error that counts as equal; when nil, 1e-7, or what a chain of
  ///     roundings costs where something is stored in 16 bits.
  public init(
    _ program: Program, inputs: [String: HostTensor], states: [String: HostTensor], on a: any Device,
    and b: any Device, tolerance: Double? = nil
  ) throws {
    let model = ComparedProgram(program: program, inputs: inputs, states: states, a: a, b: b)
    var walk = ComparisonWalk(model, tolerance: tolerance ?? Self.tolerance(program))
    for chunk in model.chunks { try walk.compare(chunk) }
    nodes = program.nodes.count
    first = walk.first
    differing = walk.differing
    largestError = walk.largestError
    fromRounding = walk.fromRounding
  }

  private static func tolerance(_ program: Program) -> Double {
    let halves = Set(program.values.map(\.dtype)).filter { $0.isFloat && $0.byteSize == 2 }
    return halves.map { Tolerance.chained($0).value }.max() ?? 1e-7
  }
}
