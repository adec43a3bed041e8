import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// Nodes of a program of the CPU backend that a library runs.
///
/// A library that can work on the host's memory gets one node at a time and reads and writes in place. Any other gets as
/// many neighbouring nodes as it knows, and what goes in and out is copied.
final class PluginNodes: ForeignNodes {
  let segments: [Range<Int>]
  private let planned: PlannedProgram
  private let context: PluginContext
  private let isShared: Bool
  /// What values are read by, and after what.
  private let consumers: [[Int]]
  private let results: Set<ValueID>
  private var copies = (count: 0, bytes: 0)

  init(_ planned: PlannedProgram, context: PluginContext, missing: Set<Int>) throws {
    self.planned = planned
    self.context = context
    isShared = context.library.bufferImport != nil
    consumers = planned.program.consumers()
    results = Set(planned.program.results)
    let runs = planned.program.nodes.indices.filter { !missing.contains($0) && !planned.plan.isElided[$0] }
    segments = isShared ? runs.map { $0..<$0 + 1 } : Self.joined(runs, planned)
  }

  /// How much work is shared out, for people.
  var note: String {
    let nodes = planned.program.nodes.indices.filter { !planned.plan.isElided[$0] }.count
    let own = segments.reduce(0) { $0 + $1.filter { !planned.plan.isElided[$0] }.count }
    let traffic = isShared ? "no copies" : "\(copies.count) copies (\(mebibytes(copies.bytes))) a step"
    return
      "the CPU runs \(nodes - own) of \(nodes) operations that \(context.library.name) does not know; \(traffic)"
  }

  /// Runs of neighbours; views between two of them belong to neither.
  private static func joined(_ nodes: [Int], _ planned: PlannedProgram) -> [Range<Int>] {
    var segments: [Range<Int>] = []
    for node in nodes {
      if let last = segments.last, last.upperBound == node {
        segments[segments.count - 1] = last.lowerBound..<node + 1
      } else {
        segments.append(node..<node + 1)
      }
    }
    return segments
  }

  func makeRunner(
    _ segment: Range<Int>, memory: (ValueID) -> UnsafeMutableRawPointer
  ) throws -> () throws -> Void {
    let (part, inputs, outputs) = extract(segment)
    let sources = try inputs.map { try port($0, memory($0)) }
    let targets = try outputs.map { try port($0, memory($0)) }
    let executable = try PluginExecutable(
      context, part, inputs: sources.map(\.buffer), states: [], outputs: targets.map(\.buffer))
    if isShared {
      return {
        try executable.submit()
        try executable.wait()
      }
    }
    copies.count += sources.count + targets.count
    copies.bytes += (sources + targets).reduce(0) { $0 + $1.bytes.count }
    return {
      for source in sources { try source.buffer.write(UnsafeRawBufferPointer(source.bytes)) }
      try executable.submit()
      for target in targets { try target.buffer.read(into: target.bytes) }
    }
  }

  private func port(_ value: ValueID, _ memory: UnsafeMutableRawPointer) throws -> (
    buffer: PluginBuffer, bytes: UnsafeMutableRawBufferPointer
  ) {
    let count = planned.program[value].byteCount
    let buffer =
      try PluginBuffer(context, importing: memory, byteCount: count)
      ?? PluginBuffer(context, byteCount: count)
    return (buffer, UnsafeMutableRawBufferPointer(start: memory, count: count))
  }

  /// The nodes of a segment as a program of their own, with the values that go in and out.
  private func extract(_ segment: Range<Int>) -> (program: Program, inputs: [ValueID], outputs: [ValueID]) {
    let nodes = planned.program.nodes[segment]
    var made: Set<ValueID> = [], inputs: [ValueID] = [], outputs: [ValueID] = []
    for node in nodes {
      for input in node.inputs where !made.contains(input) && !inputs.contains(input) { inputs.append(input) }
      made.formUnion(node.outputs)
    }
    for node in nodes {
      outputs += node.outputs.filter { value in
        results.contains(value) || consumers[value.index].contains { !segment.contains($0) }
      }
    }
    var map: [ValueID: ValueID] = [:]
    var part = Program()
    func place(_ value: ValueID) -> ValueID {
      if let known = map[value] { return known }
      map[value] = ValueID(part.values.count)
      part.values.append(planned.program[value])
      return ValueID(part.values.count - 1)
    }
    part.inputs = inputs.enumerated().map { Port(name: String($0), value: place($1)) }
    part.nodes = nodes.map {
      Node(op: $0.op, inputs: $0.inputs.map(place), outputs: $0.outputs.map(place), name: $0.name)
    }
    part.outputs = outputs.enumerated().map { Port(name: String($0), value: place($1)) }
    return (part, inputs, outputs)
  }
}
