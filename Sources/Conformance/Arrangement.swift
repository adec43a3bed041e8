import SfumatoBackend
import SfumatoGraph

/// A program that computes a case in a layout, with how to hand over its operands and how to read its results.
struct Arrangement {
  let program: Program
  /// What the state store holds.
  let slots: [StateSlot]
  let optimize: Bool
  private let layout: Layout
  let operands: [TensorType]
  let results: [TensorType]
  /// The state that holds each result.
  let resultStates: [String]

  /// Elements before and behind what is guarded: odd numbers, so that nothing is aligned.
  static let before = 37, behind = 67
  static let sentinel = TensorType(.u32, [64])

  init(_ test: ConformanceCase, order: Int, layout: Layout) throws {
    self.layout = layout
    operands = test.inputs.map(\.type)
    optimize = layout != .unfused
    let builder = GraphBuilder()
    var resultStates: [String] = []
    switch layout {
    case .plain, .unfused:
      let tensors = try operands.enumerated().map { try builder.input("\($0)", $1.dtype, $1.shape) }
      let values = try test.results(of: tensors, order: order, in: builder)
      results = values.map(\.type)
      for (index, value) in values.enumerated() { try builder.output("\(index)", value) }
    case .guarded:
      let tensors = try operands.enumerated().map { try Self.surrounded($0, $1, in: builder) }
      let types = try test.program(order: order).outputTypes
      // The guards are written before the results, so that what a result's kernel does to them stays.
      let guards = try types.enumerated().map { index, type in
        try [("before", Self.before), ("behind", Self.behind)].map { name, count in
          try builder.input("\(name) \(index)", type.dtype, [1]).broadcast([count])
        }
      }
      let values = try test.results(of: tensors, order: order, in: builder)
      results = types
      for (index, value) in values.enumerated() {
        let flat = try value.reshape([value.type.count])
        try builder.output("\(index)", .concat([guards[index][0], flat, guards[index][1]], axis: 0))
      }
    case .states:
      let tensors = try operands.enumerated().map { try builder.state("in \($0)", $1.dtype, $1.shape) }
      let values = try test.results(of: tensors, order: order, in: builder)
      results = values.map(\.type)
      for (index, value) in values.enumerated() {
        let isInPlace = index < operands.count && operands[index] == value.type
        let name = isInPlace ? "in \(index)" : "out \(index)"
        if !isInPlace { _ = try builder.state(name, value.dtype, value.shape) }
        try builder.update(name, to: value)
        resultStates.append(name)
      }
    }
    self.resultStates = resultStates
    let program = try builder.finish()
    self.program = program
    let states = program.states.map { StateSlot(name: $0.name, type: program[$0.input]) }
    slots =
      layout == .states
      ? states.enumerated().flatMap { [Self.sentinelSlot($0), $1] } + [Self.sentinelSlot(-1)] : []
  }

  private static func sentinelSlot(_ index: Int) -> StateSlot {
    StateSlot(name: "sentinel \(index)", type: sentinel)
  }

  private static func surrounded(_ index: Int, _ type: TensorType, in builder: GraphBuilder) throws -> Tensor
  {
    let whole = try builder.input("\(index)", type.dtype, [before + type.count + behind])
    return try whole.slice(axis: 0, before..<before + type.count).reshape(type.shape)
  }

  /// Hands over one set of operands and runs.
  ///
  /// - Returns: the results, and what is wrong around them, if anything is.
  func run(_ step: any Step, _ store: any StateStore, _ operands: [HostTensor]) throws
    -> (results: [HostTensor], damage: String?)
  {
    switch layout {
    case .plain, .unfused:
      try step.run(Self.named(operands))
      let outputs = try step.outputs()
      return (results.indices.compactMap { outputs["\($0)"] }, nil)
    case .guarded:
      var inputs = Self.named(operands.map(Self.poisoned))
      for (index, type) in results.enumerated() {
        inputs["before \(index)"] = Self.mark(type.dtype, "before")
        inputs["behind \(index)"] = Self.mark(type.dtype, "behind")
      }
      try step.run(inputs)
      return unguarded(try step.outputs())
    case .states:
      for (index, operand) in operands.enumerated() { try store.write("in \(index)", operand) }
      for slot in slots where slot.type == Self.sentinel && slot.name.hasPrefix("sentinel") {
        try store.write(slot.name, Self.sentinelTensor)
      }
      try step.run([:])
      return (try resultStates.map { try store.read($0) }, try damagedState(store, operands))
    }
  }

  private static func named(_ tensors: [HostTensor]) -> [String: HostTensor] {
    Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ("\($0)", $1) })
  }
}

extension Program {
  /// The types of the outputs, in order.
  var outputTypes: [TensorType] { outputs.map { self[$0.value] } }
}
