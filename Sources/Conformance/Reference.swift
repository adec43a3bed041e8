import SfumatoGraph
import SfumatoOracle

/// What the oracle says of a case: two sets of inputs and their results.
///
/// The second set tells a device that computes from one that repeats what it computed before.
struct Reference {
  /// Elements of each input.
  let inputs: [[[Double]]]
  /// Elements of each output; nil for the second set where the oracle would take long.
  let outputs: [[[Double]]?]
  let types: [TensorType]

  /// Nodes' elements and multiply-adds above which the second set is not computed.
  private static let limit = 3_000_000

  init(_ test: ConformanceCase, order: Int) throws {
    let program = try test.program(order: order)
    let isCheap = !test.isLarge && program.work < Self.limit
    inputs = (test.isLarge ? [1] : [1, 2]).map { seed in
      test.inputs.indices.map { test.elements($0, seed: seed) }
    }
    outputs = try inputs.enumerated().map { set, elements in
      guard set == 0 || isCheap else { return nil }
      let named = Dictionary(uniqueKeysWithValues: elements.enumerated().map { (String($0), $1) })
      let values = try evaluate(program, inputs: named).outputs
      return program.outputs.map { values[$0.name] ?? [] }
    }
    types = program.outputs.map { program[$0.value] }
  }
}

extension Program {
  /// Elements that nodes yield, and multiply-adds.
  fileprivate var work: Int {
    nodes.reduce(multiplyAdds) { sum, node in node.outputs.reduce(sum) { $0 + self[$1].count } }
  }
}
