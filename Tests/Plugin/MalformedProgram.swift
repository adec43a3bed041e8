import CSfumatoBackend
import Testing

/// A way in which flat arrays can be no program. The one that is spoiled has the input `x` (value 0), a constant (node 0,
/// value 1), its broadcast (node 1), a product (node 2) and the product's sum over axis 1 (node 3), which is the output.
struct MalformedProgram: Sendable, CustomTestStringConvertible {
  var name: String
  /// What the error must say.
  var problem: String
  var spoil: @Sendable (UnsafeMutablePointer<sfumato_program>) throws -> Void

  init(
    _ name: String, _ problem: String,
    _ spoil: @escaping @Sendable (UnsafeMutablePointer<sfumato_program>) throws -> Void
  ) {
    (self.name, self.problem, self.spoil) = (name, problem, spoil)
  }

  /// A node is spoiled.
  init(
    node index: Int, _ name: String, _ problem: String,
    _ spoil: @escaping @Sendable (UnsafeMutablePointer<sfumato_node>) throws -> Void
  ) {
    self.init(name, problem) { program in
      let node = try #require(program.pointee.nodes[index])
      try spoil(UnsafeMutablePointer(mutating: node))
    }
  }

  /// The type of `x` is spoiled.
  init(
    value name: String, _ problem: String,
    _ spoil: @escaping @Sendable (UnsafeMutablePointer<sfumato_value>) throws -> Void
  ) {
    self.init(name, problem) { program in
      let value = try #require(program.pointee.values[0])
      try spoil(UnsafeMutablePointer(mutating: value))
    }
  }

  /// The attribute `axes` of the sum is spoiled.
  init(
    axes name: String, _ problem: String,
    _ spoil: @escaping @Sendable (UnsafeMutablePointer<sfumato_attribute>) throws -> Void
  ) {
    self.init(node: 3, name, problem) { node in
      let attribute = try #require(node.pointee.attributes[0])
      try spoil(UnsafeMutablePointer(mutating: attribute))
    }
  }

  var testDescription: String { name }

  static let all = borders + values + nodes + attributes

  private static let borders = [
    MalformedProgram("no values", "value 0 is missing") { $0.pointee.values = nil },
    MalformedProgram("no nodes", "node 0 is missing") { $0.pointee.nodes = nil },
    MalformedProgram("no inputs", "port 0 is missing") { $0.pointee.inputs = nil },
    MalformedProgram("no outputs", "port 0 is missing") { $0.pointee.outputs = nil },
    MalformedProgram("states that are not there", "port 0 is missing") {
      $0.pointee.states = nil
      $0.pointee.state_count = 1
    },
    MalformedProgram("short program", "its struct has 8 bytes") { $0.pointee.struct_size = 8 },
    MalformedProgram("port of no value", "the value of \"x\" is not among the program's values") {
      let port = try #require($0.pointee.inputs[0])
      UnsafeMutablePointer(mutating: port).pointee.value = 77
    },
    MalformedProgram("port without a name", "port 0 is missing") {
      let port = try #require($0.pointee.outputs[0])
      UnsafeMutablePointer(mutating: port).pointee.name = nil
    },
  ]

  private static let values = [
    MalformedProgram(value: "rank 9", "9 axes, expected 0 to 8") { $0.pointee.rank = 9 },
    MalformedProgram(value: "rank -1", "-1 axes, expected 0 to 8") { $0.pointee.rank = -1 },
    MalformedProgram(value: "unknown type", "element type 99 is not known") { $0.pointee.dtype = 99 },
    MalformedProgram(value: "negative extent", "[-2, 3] is no shape") { $0.pointee.dims.0 = -2 },
    MalformedProgram(value: "too many elements", "is no shape") {
      ($0.pointee.dims.0, $0.pointee.dims.1) = (1 << 40, 1 << 40)
    },
    MalformedProgram(value: "short value", "its struct has 4 bytes") { $0.pointee.struct_size = 4 },
  ]

  private static let nodes = [
    MalformedProgram(node: 2, "unknown operation", "operation 1234 is not known") { $0.pointee.op = 1234 },
    MalformedProgram(node: 2, "negative operation", "operation -1 is not known") { $0.pointee.op = -1 },
    MalformedProgram(node: 2, "no inputs", "2 inputs are NULL") { $0.pointee.inputs = nil },
    MalformedProgram(node: 2, "no outputs", "1 outputs are NULL") { $0.pointee.outputs = nil },
    MalformedProgram(node: 3, "output_count 0", "there is no output") { $0.pointee.output_count = 0 },
    MalformedProgram(node: 2, "operand out of range", "an operand is not among the program's values") {
      let inputs = try #require($0.pointee.inputs)
      UnsafeMutablePointer(mutating: inputs)[1] = 1000
    },
    MalformedProgram(node: 2, "result out of range", "an operand is not among the program's values") {
      let outputs = try #require($0.pointee.outputs)
      UnsafeMutablePointer(mutating: outputs)[0] = UInt32.max
    },
    MalformedProgram(node: 2, "short node", "its struct has 0 bytes") { $0.pointee.struct_size = 0 },
    MalformedProgram(node: 0, "no data", "3 elements for f32[1, 3]") { $0.pointee.data = nil },
    MalformedProgram(node: 0, "too few data", "2 elements for f32[1, 3]") { $0.pointee.data_count = 2 },
    MalformedProgram(node: 2, "a region without a body", "a region has no body") {
      $0.pointee.op = Int32(SFUMATO_OP_REGION.rawValue)
    },
    MalformedProgram(node: 2, "a convolution of matrices", "a convolution has two operands of four axes") {
      $0.pointee.op = Int32(SFUMATO_OP_CONV.rawValue)
    },
  ]

  private static let attributes = [
    MalformedProgram(node: 3, "no attributes", "attribute 0 is missing") { $0.pointee.attributes = nil },
    MalformedProgram(node: 3, "attribute_count 0", "attribute \"axes\" is missing or malformed") {
      $0.pointee.attribute_count = 0
    },
    MalformedProgram(axes: "no key", "attribute 0 is missing") { $0.pointee.key = nil },
    MalformedProgram(axes: "no numbers", "1 numbers of \"axes\" are NULL") { $0.pointee.ints = nil },
    MalformedProgram(axes: "unknown kind", "attribute \"axes\" is of an unknown kind") {
      $0.pointee.kind = 42
    },
    MalformedProgram(axes: "another kind", "attribute \"axes\" is missing or malformed") {
      $0.pointee.kind = Int32(SFUMATO_ATTRIBUTE_FLOAT.rawValue)
    },
    MalformedProgram(axes: "short attribute", "its struct has 1 bytes") { $0.pointee.struct_size = 1 },
  ]
}
