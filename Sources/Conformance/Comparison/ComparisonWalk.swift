import SfumatoBackend
import SfumatoGraph

/// Nodes in order, each compared with the knowledge of those before.
struct ComparisonWalk {
  private let model: ComparedProgram
  private let tolerance: Double
  /// Whether values are rounded to 16 bits: devices part by that, and further with each node.
  private let isRounded: Bool
  private(set) var first: NodeComparison.Difference?
  private(set) var differing = 0
  private(set) var fromRounding = 0
  private(set) var largestError = 0.0
  /// The root mean square of values on the first device.
  private var magnitudes: [ValueID: Double] = [:]
  /// How far the devices are apart on values, normalised.
  private var errors: [ValueID: Double] = [:]
  /// Values of which nothing but rounding may be left, and what was computed from them.
  private var uncertain: Set<ValueID> = []

  init(_ model: ComparedProgram, tolerance: Double) {
    self.model = model
    self.tolerance = tolerance
    let program = model.program
    isRounded = program.values.contains { $0.dtype.isFloat && $0.dtype.byteSize == 2 }
    for port in program.inputs { magnitudes[port.value] = model.inputs[port.name].map(Self.magnitude) }
    for port in program.states { magnitudes[port.input] = model.states[port.name].map(Self.magnitude) }
  }

  mutating func compare(_ chunk: Range<Int>) throws {
    let (x, y) = try model.results(of: chunk)
    for index in chunk {
      let node = model.program.nodes[index]
      for value in node.outputs { magnitudes[value] = x["\(value.index)"].map(Self.magnitude) }
      for value in node.outputs { errors[value] = model.error(x["\(value.index)"], y["\(value.index)"]) }
      let error = node.outputs.compactMap { errors[$0] }.max() ?? 0
      if error <= tolerance { largestError = max(largestError, error) } else { try judge(index, error) }
    }
  }

  /// Decides what a large error means.
  private mutating func judge(_ index: Int, _ error: Double) throws {
    let node = model.program.nodes[index]
    let magnitude = node.outputs.compactMap { magnitudes[$0] }.max() ?? 0
    let ownError = first == nil ? try model.ownError(index) : 0
    // Terms that cancel leave what rounding did, here and before.
    let before = node.inputs.compactMap { errors[$0] }.max() ?? 0
    let terms = sizeOfTerms(node)
    let isCancelled =
      ownError.squareRoot() * magnitude <= 1e-6 * terms
      && error.squareRoot() * magnitude <= (1e-6 + 4 * before.squareRoot()) * terms
    let isInherited = node.inputs.contains { uncertain.contains($0) }
    let isGrown = isRounded && first == nil && ownError <= tolerance
    if isCancelled || isGrown || (isInherited && (first != nil || ownError <= tolerance)) {
      uncertain.formUnion(node.outputs)
      fromRounding += 1
      return
    }
    differing += 1
    if first == nil {
      first = NodeComparison.Difference(
        index: index, operation: node.op.name, scope: node.name, types: model.types(of: node), error: error,
        ownError: ownError)
    }
  }

  /// How large a sum of independent terms of these operands would be; 0 for a node that is no sum.
  private func sizeOfTerms(_ node: Node) -> Double {
    let operands = node.inputs.compactMap { magnitudes[$0] }
    let count = Double(max(1, model.program[node.outputs[0]].count))
    let size: Double, terms: Double
    switch node.op {
    case .binary(.add):
      (size, terms) = (operands.max() ?? 0, 1)
    case .cumsum(let axis, _):
      (size, terms) = (operands.max() ?? 0, Double(model.program[node.outputs[0]].shape[axis]) / 2)
    case .reduce(.sum, _), .scatterAdd:
      (size, terms) = (operands.max() ?? 0, Double(model.program[node.inputs[0]].count) / count)
    case .matmul, .conv, .convGradInput, .convGradWeight:
      (size, terms) = (operands.reduce(1, *), Double(model.program.multiplyAdds(of: node)) / count)
    case .constant, .unary, .binary, .cast, .select, .reduce, .reshape, .transpose, .broadcast, .slice, .pad,
      .concat, .gather, .iota, .randomBits, .stopGradient, .region:
      return 0
    }
    return size * max(1, terms).squareRoot()
  }

  private static func magnitude(_ tensor: HostTensor) -> Double {
    let values = tensor.doubles
    return (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }
}
