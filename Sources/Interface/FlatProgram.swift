import CSfumatoBackend
import SfumatoBackend
import SfumatoGraph

/// A program as the flat arrays of the C interface. The arrays live as long as this object.
public final class FlatProgram {
  /// What a backend is handed.
  public let program: UnsafePointer<sfumato_program>
  private let memory = FlatMemory()

  /// - Throws: `BackendError.unsupported` for a tensor of more axes than the interface has.
  public init(_ program: Program) throws(BackendError) {
    self.program = try memory.program(program)
  }
}

/// Pieces of memory that are freed together.
private final class FlatMemory {
  private var pieces: [UnsafeMutableRawPointer] = []

  deinit { for piece in pieces { piece.deallocate() } }

  private func keep<Element>(_ elements: [Element]) -> UnsafeMutablePointer<Element> {
    let piece = UnsafeMutablePointer<Element>.allocate(capacity: max(1, elements.count))
    piece.initialize(from: elements, count: elements.count)
    pieces.append(piece)
    return piece
  }

  private func keep(_ text: String) -> UnsafePointer<CChar> { UnsafePointer(keep(Array(text.utf8CString))) }

  /// Structs, and an array of pointers to them.
  private func list<Element>(_ elements: [Element]) -> UnsafePointer<UnsafePointer<Element>?> {
    let structs = keep(elements)
    return UnsafePointer(keep(elements.indices.map { UnsafePointer(structs + $0) }))
  }

  func program(_ program: Program) throws(BackendError) -> UnsafePointer<sfumato_program> {
    var values: [sfumato_value] = [], nodes: [sfumato_node] = []
    for type in program.values { values.append(try value(type)) }
    for node in program.nodes { nodes.append(try self.node(node)) }
    var flat = sfumato_program()
    flat.struct_size = MemoryLayout<sfumato_program>.size
    flat.values = list(values)
    flat.nodes = list(nodes)
    flat.inputs = list(program.inputs.map { port($0.name, $0.value, $0.value) })
    flat.states = list(program.states.map { port($0.name, $0.input, $0.output) })
    flat.outputs = list(program.outputs.map { port($0.name, $0.value, $0.value) })
    flat.value_count = UInt32(values.count)
    flat.node_count = UInt32(nodes.count)
    flat.input_count = UInt32(program.inputs.count)
    flat.state_count = UInt32(program.states.count)
    flat.output_count = UInt32(program.outputs.count)
    return UnsafePointer(keep([flat]))
  }

  private func value(_ type: TensorType) throws(BackendError) -> sfumato_value {
    var flat = sfumato_value()
    guard type.shape.rank <= Int(SFUMATO_MAX_RANK) else {
      throw .unsupported(
        backend: "plugin", operation: "\(type)", problem: "tensors have at most \(SFUMATO_MAX_RANK) axes")
    }
    flat.struct_size = MemoryLayout<sfumato_value>.size
    flat.dtype = Int32(bitPattern: type.dtype.code.rawValue)
    flat.rank = Int32(type.shape.rank)
    withUnsafeMutableBytes(of: &flat.dims) { bytes in
      let extents = bytes.bindMemory(to: Int64.self)
      for (axis, extent) in type.shape.dimensions.enumerated() { extents[axis] = Int64(extent) }
    }
    return flat
  }

  private func port(_ name: String, _ value: ValueID, _ update: ValueID) -> sfumato_port {
    sfumato_port(
      struct_size: MemoryLayout<sfumato_port>.size, name: keep(name), value: UInt32(value.index),
      update: UInt32(update.index))
  }

  private func node(_ node: Node) throws(BackendError) -> sfumato_node {
    var flat = sfumato_node()
    flat.struct_size = MemoryLayout<sfumato_node>.size
    flat.op = Int32(bitPattern: node.op.entry.code.rawValue)
    flat.name = keep(node.op.name)
    flat.scope = keep(node.name)
    flat.inputs = UnsafePointer(keep(node.inputs.map { UInt32($0.index) }))
    flat.outputs = UnsafePointer(keep(node.outputs.map { UInt32($0.index) }))
    flat.input_count = UInt32(node.inputs.count)
    flat.output_count = UInt32(node.outputs.count)
    let attributes = node.op.flatAttributes.map { attribute($0.key, $0.value) }
    flat.attributes = list(attributes)
    flat.attribute_count = UInt32(attributes.count)
    if case .constant(let literal, let type) = node.op {
      let elements = literal.elements(of: type)
      flat.data = UnsafeRawPointer(
        keep(HostTensor(TensorType(type.dtype, [elements.count]), rounding: elements).bytes))
      flat.data_count = UInt32(elements.count)
    }
    if case .region(let region) = node.op {
      flat.version = Int32(region.version)
      flat.body = try program(region.body)
    }
    return flat
  }

  private func attribute(_ key: String, _ value: FlatAttribute) -> sfumato_attribute {
    var flat = sfumato_attribute()
    flat.struct_size = MemoryLayout<sfumato_attribute>.size
    flat.key = keep(key)
    switch value {
    case .ints(let values):
      flat.kind = Int32(SFUMATO_ATTRIBUTE_INTS.rawValue)
      flat.ints = UnsafePointer(keep(values.map(Int64.init)))
      flat.count = UInt32(values.count)
    case .real(let value):
      flat.kind = Int32(SFUMATO_ATTRIBUTE_FLOAT.rawValue)
      flat.real = value
    case .text(let text):
      flat.kind = Int32(SFUMATO_ATTRIBUTE_STRING.rawValue)
      flat.text = keep(text)
    }
    return flat
  }
}

extension Literal {
  /// One element that is repeated, or all elements of `type`.
  fileprivate func elements(of type: TensorType) -> [Double] {
    switch self {
    case .splat(let value): [value]
    case .array(let values): Array(values.prefix(type.count))
    }
  }
}
