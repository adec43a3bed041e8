import SfumatoGraph

extension Region {
  /// The name of the regions that fusion makes: a body of unary, binary, cast, select, broadcast and splat constant
  /// nodes, in which every value but the inputs has the one shape of the outputs. An input has that shape, or is
  /// read by `broadcast` nodes alone.
  public static let pointwise = "pointwise"

  public var isPointwise: Bool { name == Region.pointwise }
}

/// Gathers elementwise nodes of one shape into `pointwise` regions, so that what flows between them is never
/// written to memory. Broadcasts and splat constants are copied into each region that reads them.
///
/// Two units are merged when one reads the other and no path between them leads through a third one, so the
/// graph of units stays free of circles.
///
/// - Parameter maxOperands: the most distinct inputs and outputs of a region.
public func fusePointwise(_ program: Program, maxOperands: Int) throws(GraphError) -> Program {
  var fusion = Fusion(program, maxOperands: maxOperands)
  fusion.mergeAll()
  return try fusion.rewritten()
}

private struct Fusion {
  let program: Program
  let maxOperands: Int
  let producers: [Int?]
  let consumers: [[Int]]
  let isResult: [Bool]
  /// Union-find over node indices.
  var parent: [Int]
  /// Nodes of each unit, ascending, by its representative.
  var members: [[Int]]
  /// Nodes that each unit reads from, by its representative; may name the unit's own nodes.
  var dependencies: [[Int]]

  init(_ program: Program, maxOperands: Int) {
    self.program = program
    self.maxOperands = maxOperands
    producers = program.producers()
    consumers = program.consumers()
    var isResult = [Bool](repeating: false, count: program.values.count)
    for value in program.results { isResult[value.index] = true }
    self.isResult = isResult
    parent = Array(program.nodes.indices)
    members = program.nodes.indices.map { [$0] }
    dependencies = []
    dependencies = program.nodes.indices.map { index in
      let node = program.nodes[index]
      let sources = node.op.isPointwise ? node.inputs.compactMap { operand($0).value } : node.inputs
      return sources.compactMap { producers[$0.index] }
    }
  }

  /// What an elementwise node reads in truth: behind a broadcast its operand, behind a splat constant nothing.
  func operand(_ value: ValueID) -> (value: ValueID?, constant: Int?, broadcast: Int?) {
    guard let producer = producers[value.index] else { return (value, nil, nil) }
    switch program.nodes[producer].op {
    case .constant(.splat, _): return (nil, producer, nil)
    case .broadcast: return (program.nodes[producer].inputs[0], nil, producer)
    default: return (value, nil, nil)
    }
  }

  func find(_ node: Int) -> Int {
    var root = node
    while parent[root] != root { root = parent[root] }
    return root
  }

  // MARK: Merging

  mutating func mergeAll() {
    for index in program.nodes.indices where program.nodes[index].op.isPointwise {
      for input in program.nodes[index].inputs {
        guard let producer = producers[input.index], canFuse(producer, index) else { continue }
        let unit = find(index), other = find(producer)
        if unit != other, operandCount(members[unit] + members[other]) <= maxOperands,
          !isSeparated(unit, from: other)
        {
          merge(unit, other)
        }
      }
    }
  }

  private func canFuse(_ producer: Int, _ consumer: Int) -> Bool {
    let node = program.nodes[producer]
    return node.op.isPointwise
      && program[node.outputs[0]].shape == program[program.nodes[consumer].outputs[0]].shape
  }

  private mutating func merge(_ a: Int, _ b: Int) {
    let (root, other) = (min(a, b), max(a, b))
    parent[other] = root
    members[root] = (members[root] + members[other]).sorted()
    dependencies[root] += dependencies[other]
    members[other] = []
    dependencies[other] = []
  }

  /// Whether `consumer` reaches `producer` through another unit.
  private func isSeparated(_ consumer: Int, from producer: Int) -> Bool {
    let first = members[producer].first ?? 0
    var visited: Set<Int> = [consumer]
    var stack = dependencies[consumer].map(find).filter { $0 != producer && $0 != consumer }
    while let unit = stack.popLast() {
      if unit == producer { return true }
      // All nodes of a unit that stand before the producer's first one cannot depend on it.
      guard visited.insert(unit).inserted, let last = members[unit].last, last > first else { continue }
      for dependency in dependencies[unit] { stack.append(find(dependency)) }
    }
    return false
  }

  private func operandCount(_ nodes: [Int]) -> Int {
    let inside = Set(nodes)
    return externalInputs(nodes, inside).count + externalOutputs(nodes, inside).count
  }

  private func externalInputs(_ nodes: [Int], _ inside: Set<Int>) -> [ValueID] {
    var inputs: [ValueID] = []
    for node in nodes {
      for input in program.nodes[node].inputs {
        guard let value = operand(input).value else { continue }
        if let producer = producers[value.index], inside.contains(producer), value == input { continue }
        if !inputs.contains(value) { inputs.append(value) }
      }
    }
    return inputs
  }

  private func externalOutputs(_ nodes: [Int], _ inside: Set<Int>) -> [ValueID] {
    nodes.compactMap { node in
      let value = program.nodes[node].outputs[0]
      let isRead = consumers[value.index].contains { !inside.contains($0) }
      return isRead || isResult[value.index] ? value : nil
    }
  }

  // MARK: Rewriting

  func rewritten() throws(GraphError) -> Program {
    var rewriter = ProgramRewriter(program)
    for unit in order() {
      let nodes = members[unit]
      if program.nodes[nodes[0]].op.isPointwise {
        try emitRegion(nodes, into: &rewriter)
      } else {
        rewriter.copy(program.nodes[nodes[0]])
      }
    }
    return rewriter.finish()
  }

  /// Units in an order in which each stands behind what it reads, otherwise near the place of its last node.
  private func order() -> [Int] {
    var isDone = [Bool](repeating: false, count: program.nodes.count)
    var result: [Int] = []
    for index in program.nodes.indices where members[find(index)].last == index {
      var stack = [find(index)]
      while let unit = stack.last {
        if isDone[unit] {
          stack.removeLast()
          continue
        }
        let pending = dependencies[unit].map(find).filter { $0 != unit && !isDone[$0] }
        if pending.isEmpty {
          isDone[unit] = true
          result.append(unit)
          stack.removeLast()
        } else {
          stack += pending
        }
      }
    }
    return result
  }

  private func emitRegion(_ nodes: [Int], into rewriter: inout ProgramRewriter) throws(GraphError) {
    let inside = Set(nodes)
    let inputs = externalInputs(nodes, inside), outputs = externalOutputs(nodes, inside)
    let region = Region(name: Region.pointwise, body: body(nodes, inputs, outputs))
    let name = nodes.last.map { program.nodes[$0].name } ?? ""
    let results = rewriter.emit(
      .region(region), inputs.map(rewriter.mapped), outputs.map { program[$0] }, name: name)
    for (old, new) in zip(outputs, results) { rewriter.replace(old, by: new) }
  }

  private func body(_ nodes: [Int], _ inputs: [ValueID], _ outputs: [ValueID]) -> Program {
    var body = Program()
    var map: [ValueID: ValueID] = [:]
    for (index, input) in inputs.enumerated() {
      let value = body.define(program[input])
      body.inputs.append(Port(name: String(index), value: value))
      map[input] = value
    }
    /// The body's counterpart of what a node reads: broadcasts and constants are brought in where first needed.
    func local(_ value: ValueID) -> ValueID {
      if let known = map[value] { return known }
      let source = operand(value)
      guard let producer = source.constant ?? source.broadcast else { return value }
      let operands = source.value.map { [local($0)] } ?? []
      let result = body.define(program[value])
      body.nodes.append(Node(op: program.nodes[producer].op, inputs: operands, outputs: [result]))
      map[value] = result
      return result
    }
    for index in nodes {
      let node = program.nodes[index]
      let operands = node.inputs.map(local)
      let result = body.define(program[node.outputs[0]])
      body.nodes.append(Node(op: node.op, inputs: operands, outputs: [result]))
      map[node.outputs[0]] = result
    }
    body.outputs = outputs.enumerated().map { Port(name: String($0), value: local($1)) }
    return body
  }
}
