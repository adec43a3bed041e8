import CSfumatoBackend
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph
import SfumatoInterface

/// A device of a library. A program whose every node the library knows runs there as a whole; of any other, the CPU runs
/// what the library does not know.
public final class PluginDevice: Device {
  public let info: DeviceInfo
  let context: PluginContext
  /// Runs what the library does not know; nil when nothing may.
  let fallback: (any HostDevice)?
  private var answers: [Region: sfumato_support] = [:]

  init(library: PluginLibrary, info: DeviceInfo, options: PluginBackend.Options) throws {
    self.info = info
    context = try PluginContext(library, device: info.index)
    fallback = options.isStrict ? nil : try options.fallback?()
  }

  /// A region is kept whole when the library runs it, or when the library knows neither it nor its parts and the CPU
  /// runs it.
  public func supports(_ region: Region) -> Bool {
    switch support(region) {
    case SFUMATO_SUPPORT_NATIVE: true
    case SFUMATO_SUPPORT_NONE: fallback?.supports(region) ?? false
    default: false
    }
  }

  public func makeState(_ slots: [StateSlot]) throws -> any StateStore {
    try PluginState(slots, context: context, fallback: fallback)
  }

  public func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    guard let state = state as? PluginState, state.context === context else {
      throw BackendError.mismatch(
        name: "state", found: "another device's state store", expected: "a state store of \(info.name)")
    }
    try state.check(planned.program)
    let foreign = try foreignNodes(planned)
    if foreign.isEmpty { return try PluginStep(planned, state: state) }
    guard let fallback else {
      let node = planned.program.nodes[foreign[0]]
      throw BackendError.unsupported(
        backend: info.backend, operation: node.op.name + (node.name.isEmpty ? "" : " at \(node.name)"),
        problem: "\(foreign.count) of \(planned.program.nodes.count) operations are unknown to it; "
          + "leave out --strict and the CPU runs them")
    }
    return try MixedStep(planned, state: state, device: self, cpu: fallback, missing: foreign)
  }

  /// The nodes that the library does not run. Constants and views count too: alone it would have to run them.
  private func foreignNodes(_ planned: PlannedProgram) throws(BackendError) -> [Int] {
    let flat = try FlatProgram(planned.program)
    var foreign: [Int] = []
    for index in planned.program.nodes.indices {
      if try support(flat, index, planned.program.nodes[index].op) != SFUMATO_SUPPORT_NATIVE {
        foreign.append(index)
      }
    }
    return foreign
  }

  /// - Parameter op: the node's operation; a library of an older version is not asked about what that did not have.
  private func support(
    _ flat: FlatProgram, _ node: Int, _ op: Op
  ) throws(BackendError) -> sfumato_support {
    guard op.entry.minor <= context.table.minor else { return SFUMATO_SUPPORT_NONE }
    var answer: Int32 = 0
    try context.library.check(
      context.table.node_support(context.handle, flat.program, UInt32(node), &answer), "asking for support")
    return sfumato_support(UInt32(bitPattern: answer))
  }

  private func support(_ region: Region) -> sfumato_support {
    if let known = answers[region] { return known }
    var alone = Program(values: region.body.inputs.map { region.body[$0.value] })
    let inputs = alone.values.indices.map { ValueID($0) }
    let outputs = region.body.outputs.indices.map { ValueID(inputs.count + $0) }
    alone.values += region.body.outputs.map { region.body[$0.value] }
    alone.inputs = zip(region.body.inputs, inputs).map { Port(name: $0.name, value: $1) }
    alone.outputs = zip(region.body.outputs, outputs).map { Port(name: $0.name, value: $1) }
    alone.nodes = [Node(op: .region(region), inputs: inputs, outputs: outputs)]
    let answer =
      (try? FlatProgram(alone)).flatMap { try? support($0, 0, .region(region)) } ?? SFUMATO_SUPPORT_NONE
    answers[region] = answer
    return answer
  }
}
