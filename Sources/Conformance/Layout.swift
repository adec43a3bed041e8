import SfumatoBackend
import SfumatoGraph

/// Where a case's operands and results lie. One operation is checked in several layouts, because a kernel that is
/// right on memory of its own may read or write beyond its tensors elsewhere.
public enum Layout: String, CaseIterable, Sendable {
  /// Inputs and outputs of the program, optimized.
  case plain
  /// The same, every node by itself.
  case unfused
  /// Each operand is a view inside a larger input, between elements that must not be read (NaN, or a large integer).
  /// Each result is placed between guard elements of one larger tensor, at an address that no vector is aligned at;
  /// no byte lies between it and the guards, so a write of one element too many is seen.
  case guarded
  /// Operands are states, which stay; results are new states, in place of operands where the types allow. Between all
  /// of them lie sentinel states that the program does not know.
  case states

  /// The layouts in which a case is run at `order`.
  public static func all(of test: ConformanceCase, order: Int) -> [Layout] {
    if test.isLarge { return [.plain] }
    return order == 0 ? allCases : order == 1 ? [.plain, .guarded] : [.plain]
  }
}

/// A program that computes a case in a layout, with how to hand over its operands and how to read its results.
struct Arrangement {
  let program: Program
  /// What the state store holds.
  let slots: [StateSlot]
  let optimize: Bool
  private let layout: Layout
  private let operands: [TensorType]
  private let results: [TensorType]
  /// The state that holds each result.
  private let resultStates: [String]

  /// Elements before and behind what is guarded: odd numbers, so that nothing is aligned.
  private static let before = 37, behind = 67
  private static let sentinel = TensorType(.u32, [64])

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

  // MARK: Guards

  /// `tensor` between elements that no kernel may read.
  private static func poisoned(_ tensor: HostTensor) -> HostTensor {
    let type = TensorType(tensor.type.dtype, [before + tensor.type.count + behind])
    let poison = tensor.type.dtype.isFloat ? Double.nan : tensor.type.dtype == .bool ? 1 : 2_000_000_011
    let one = HostTensor(TensorType(type.dtype, [1]), rounding: [poison]).bytes
    var bytes: [UInt8] = []
    bytes.reserveCapacity(type.byteCount)
    for _ in 0..<before { bytes += one }
    bytes += tensor.bytes
    for _ in 0..<behind { bytes += one }
    return HostTensor(type) { $0.copyBytes(from: bytes) }
  }

  /// What guard elements hold: numbers that every type has.
  private static func mark(_ dtype: DType, _ place: String) -> HostTensor {
    HostTensor(TensorType(dtype, [1]), rounding: [place == "before" ? 1 : 96])
  }

  private func unguarded(_ outputs: [String: HostTensor]) -> ([HostTensor], String?) {
    var damage: String?
    let tensors = results.enumerated().compactMap { index, type -> HostTensor? in
      guard let whole = outputs["\(index)"] else { return nil }
      let size = type.dtype.byteSize, end = (Self.before + type.count) * size
      for (element, place) in [(0..<Self.before, "before"), (0..<Self.behind, "behind")] {
        let base = place == "before" ? 0 : end, mark = Self.mark(type.dtype, place).bytes
        let hit = element.first { whole.bytes[base + $0 * size..<base + ($0 + 1) * size] != mark[...] }
        if let hit {
          let distance = place == "before" ? Self.before - hit : hit + 1
          damage = "output \(index): element \(distance) \(place) the tensor was written"
        }
      }
      return HostTensor(type) { $0.copyBytes(from: whole.bytes[Self.before * size..<end]) }
    }
    return (tensors, damage)
  }

  // MARK: States

  private static let sentinelTensor = HostTensor(
    (0..<UInt32(sentinel.count)).map { 0xDEAD_0000 | $0 }, sentinel.shape)

  /// The first sentinel, or operand that is no result, that is not as it was.
  private func damagedState(_ store: any StateStore, _ operands: [HostTensor]) throws -> String? {
    for slot in slots where slot.name.hasPrefix("sentinel") {
      if try store.read(slot.name) != Self.sentinelTensor {
        return "\(slot.name) between the states was written"
      }
    }
    for (index, operand) in operands.enumerated() where !resultStates.contains("in \(index)") {
      if try store.read("in \(index)") != operand {
        return "operand \(index), which is only read, was written"
      }
    }
    return nil
  }
}

extension Program {
  /// The types of the outputs, in order.
  var outputTypes: [TensorType] { outputs.map { self[$0.value] } }
}
