import SfumatoBackend
import SfumatoGraph

/// Nodes in order, each compared with the knowledge of those before.
struct ComparisonWalk {
  private let model: ComparedProgram
  private let tolerance: Double
  private(set) var first: NodeComparison.Difference?
  private(set) var differing = 0
  private(set) var fromRounding = 0
  private(set) var largestError = 0.0
  /// The root mean square of values on the first device.
  private var magnitudes: [ValueID: Double] = [:]
  /// Values of which nothing but rounding may be left, and what was computed from them.
  private var uncertain: Set<ValueID> = []

  init(_ model: ComparedProgram, tolerance: Double) {
    self.model = model
    self.tolerance = tolerance
    let program = model.program
    for port in program.inputs { magnitudes[port.value] = model.inputs[port.name].map(Self.magnitude) }
    for port in program.states { magnitudes[port.input] = model.states[port.name].map(Self.magnitude) }
  }

  mutating func compare(_ chunk: Range<Int>) throws {
    let (x, y) = try model.results(of: chunk)
    for index in chunk {
      let node = model.program.nodes[index]
      for value in node.outputs { magnitudes[value] = x["\(value.index)"].map(Self.magnitude) }
      let error = node.outputs.map { model.error(x["\($0.index)"], y["\($0.index)"]) }.max() ?? 0
      if error <= tolerance { largestError = max(largestError, error) } else { try judge(index, error) }
    }
  }

  /// Decides what a large error means.
  private mutating func judge(_ index: Int, _ error: Double) throws {
    let node = model.program.nodes[index]
    let distance = error.squareRoot() * (node.outputs.compactMap { magnitudes[$0] }.max() ?? 0)
    let isCancelled = distance <= roundingOfSum(node)
    let isInherited = node.inputs.contains { uncertain.contains($0) }
    let ownError = first == nil ? try model.ownError(index) : .nan
    if isCancelled || (isInherited && (first != nil || ownError <= tolerance)) {
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

  /// How far apart two f32 sums of these operands may be when the terms cancel; 0 for a node that is no sum.
  private func roundingOfSum(_ node: Node) -> Double {
    let operands = node.inputs.compactMap { magnitudes[$0] }
    let count = Double(max(1, model.program[node.outputs[0]].count))
    let size: Double, terms: Double
    switch node.op {
    case .binary(.add):
      (size, terms) = (operands.max() ?? 0, 1)
    case .reduce(.sum, _), .scatterAdd:
      (size, terms) = (operands.max() ?? 0, Double(model.program[node.inputs[0]].count) / count)
    case .matmul, .conv, .convGradInput, .convGradWeight:
      (size, terms) = (operands.reduce(1, *), Double(model.program.multiplyAdds(of: node)) / count)
    default: return 0
    }
    return 1e-6 * size * max(1, terms).squareRoot()
  }

  private static func magnitude(_ tensor: HostTensor) -> Double {
    let values = tensor.doubles
    return (values.reduce(0) { $0 + $1 * $1 } / Double(max(1, values.count))).squareRoot()
  }
}
