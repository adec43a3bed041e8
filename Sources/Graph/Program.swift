/// The number of a value in its program.
public struct ValueID: Hashable, Sendable, Comparable, CustomStringConvertible {
  public var index: Int
  public init(_ index: Int) { self.index = index }
  public static func < (a: ValueID, b: ValueID) -> Bool { a.index < b.index }
  public var description: String { "%\(index)" }
}

/// One operation of a program.
public struct Node: Hashable, Sendable {
  public var op: Op
  public var inputs: [ValueID]
  public var outputs: [ValueID]
  /// Where in the model this node was traced, such as `down_blocks.0.resnets.0.conv1`; may be empty.
  public var name: String

  public init(op: Op, inputs: [ValueID], outputs: [ValueID], name: String = "") {
    self.op = op
    self.inputs = inputs
    self.outputs = outputs
    self.name = name
  }
}

/// A named value at the border of a program.
public struct Port: Hashable, Sendable {
  public var name: String
  public var value: ValueID
  public init(name: String, value: ValueID) {
    self.name = name
    self.value = value
  }
}

/// A named tensor that outlives the step: read as `input`, and after the step it holds `output`.
/// A program that only reads it has both the same.
public struct StatePort: Hashable, Sendable {
  public var name: String
  public var input: ValueID
  public var output: ValueID
  public init(name: String, input: ValueID, output: ValueID) {
    self.name = name
    self.input = input
    self.output = output
  }
}

/// An immutable, typed, static graph.
///
/// Each value is an input, the incoming value of a state, or an output of exactly one node; nodes stand in an
/// order in which every value is produced before it is used.
public struct Program: Hashable, Sendable {
  /// The type of each value, by `ValueID.index`.
  public var values: [TensorType]
  public var nodes: [Node]
  public var inputs: [Port]
  public var states: [StatePort]
  public var outputs: [Port]

  public init(
    values: [TensorType] = [], nodes: [Node] = [], inputs: [Port] = [], states: [StatePort] = [],
    outputs: [Port] = []
  ) {
    self.values = values
    self.nodes = nodes
    self.inputs = inputs
    self.states = states
    self.outputs = outputs
  }

  public subscript(value: ValueID) -> TensorType { values[value.index] }

  /// A new value that no node yields yet.
  public mutating func define(_ type: TensorType) -> ValueID {
    values.append(type)
    return ValueID(values.count - 1)
  }

  /// The index of the node that produces each value, by `ValueID.index`; nil for inputs and states.
  public func producers() -> [Int?] {
    var producers = [Int?](repeating: nil, count: values.count)
    for (index, node) in nodes.enumerated() {
      for output in node.outputs { producers[output.index] = index }
    }
    return producers
  }

  /// The indices of the nodes that read each value, by `ValueID.index`, each node once.
  public func consumers() -> [[Int]] {
    var consumers = [[Int]](repeating: [], count: values.count)
    for (index, node) in nodes.enumerated() {
      for input in node.inputs where consumers[input.index].last != index {
        consumers[input.index].append(index)
      }
    }
    return consumers
  }

  /// The values that must outlive the last node: outputs and outgoing states.
  public var results: [ValueID] { outputs.map(\.value) + states.map(\.output) }
}
