import CSfumatoBackend
import SfumatoBackend
import SfumatoGraph

extension Program {
  /// Reads a program from the flat arrays of the C interface. Gradients of regions are not part of it.
  ///
  /// - Throws: `BackendError.unsupported` for an operation, type or attribute that this side does not know.
  public init(_ flat: UnsafePointer<sfumato_program>) throws(BackendError) {
    let flat = flat.pointee
    self.init()
    try checkSize(flat.struct_size, of: sfumato_program.self, "program")
    for index in 0..<Int(flat.value_count) {
      guard let value = flat.values?[index] else { throw malformed("program", "value \(index) is missing") }
      values.append(try TensorType(value.pointee))
    }
    for index in 0..<Int(flat.node_count) {
      guard let node = flat.nodes?[index] else { throw malformed("program", "node \(index) is missing") }
      let types = values
      nodes.append(try Node(node.pointee) { $0 < types.count ? types[$0] : nil })
    }
    inputs = try ports(flat.inputs, flat.input_count).map { Port(name: $0.name, value: $0.value) }
    outputs = try ports(flat.outputs, flat.output_count).map { Port(name: $0.name, value: $0.value) }
    states = try ports(flat.states, flat.state_count).map {
      StatePort(name: $0.name, input: $0.value, output: $0.update)
    }
  }

  private func ports(
    _ list: UnsafePointer<UnsafePointer<sfumato_port>?>?, _ count: UInt32
  ) throws(BackendError) -> [(name: String, value: ValueID, update: ValueID)] {
    var ports: [(name: String, value: ValueID, update: ValueID)] = []
    for index in 0..<Int(count) {
      guard let port = list?[index]?.pointee, let name = port.name else {
        throw malformed("program", "port \(index) is missing")
      }
      try checkSize(port.struct_size, of: sfumato_port.self, "port")
      guard Int(port.value) < values.count, Int(port.update) < values.count else {
        throw malformed("port", "the value of \"\(String(cString: name))\" is not among the program's values")
      }
      ports.append((String(cString: name), ValueID(Int(port.value)), ValueID(Int(port.update))))
    }
    return ports
  }
}

private func malformed(_ operation: String, _ problem: String) -> BackendError {
  .unsupported(backend: "plugin", operation: operation, problem: problem)
}

/// A struct that is shorter than in the first version of the interface cannot be read.
private func checkSize<Struct>(_ size: Int, of type: Struct.Type, _ name: String) throws(BackendError) {
  if size < MemoryLayout<Struct>.size {
    throw malformed(name, "its struct has \(size) bytes, expected at least \(MemoryLayout<Struct>.size)")
  }
}

/// The elements of an array that may be missing only where it has none.
private func elements<Element>(
  _ array: UnsafePointer<Element>?, _ count: UInt32, _ operation: String, _ what: String
) throws(BackendError) -> UnsafeBufferPointer<Element> {
  if array == nil, count > 0 { throw malformed(operation, "\(count) \(what) are NULL") }
  return UnsafeBufferPointer(start: array, count: Int(count))
}

extension TensorType {
  /// The type of a value of the C interface.
  public init(_ value: sfumato_value) throws(BackendError) {
    try checkSize(value.struct_size, of: sfumato_value.self, "value")
    guard let dtype = DType(code: value.dtype) else {
      throw malformed("value", "element type \(value.dtype) is not known")
    }
    guard (0...Int32(SFUMATO_MAX_RANK)).contains(value.rank) else {
      throw malformed("value", "\(value.rank) axes, expected 0 to \(SFUMATO_MAX_RANK)")
    }
    let extents = withUnsafeBytes(of: value.dims) { bytes in
      bytes.bindMemory(to: Int64.self).prefix(Int(value.rank)).map(Int.init)
    }
    // An extent of 0 must not hide others whose product has no place in a number.
    var byteCount = dtype.byteSize, isTooLarge = false
    for extent in extents where extent != 0 {
      let product = byteCount.multipliedReportingOverflow(by: extent)
      isTooLarge = isTooLarge || product.overflow || extent < 0
      byteCount = product.partialValue
    }
    if isTooLarge { throw malformed("value", "\(extents) is no shape") }
    self.init(dtype, Shape(extents))
  }
}

extension Node {
  /// A node of the C interface.
  ///
  /// - Parameter type: of the value with this number; nil when there is none.
  public init(_ flat: sfumato_node, type: (Int) throws(BackendError) -> TensorType?) throws(BackendError) {
    try checkSize(flat.struct_size, of: sfumato_node.self, "node")
    let name = flat.name.map { String(cString: $0) } ?? ""
    let inputs = try elements(flat.inputs, flat.input_count, name, "inputs").map { ValueID(Int($0)) }
    let outputs = try elements(flat.outputs, flat.output_count, name, "outputs").map { ValueID(Int($0)) }
    func types(_ values: [ValueID]) throws(BackendError) -> [TensorType] {
      var types: [TensorType] = []
      for value in values {
        guard let type = try type(value.index) else {
          throw malformed(name, "an operand is not among the program's values")
        }
        types.append(type)
      }
      return types
    }
    let reader = NodeReader(flat: flat, name: name, inputs: try types(inputs), outputs: try types(outputs))
    self.init(
      op: try reader.op(), inputs: inputs, outputs: outputs,
      name: flat.scope.map { String(cString: $0) } ?? "")
  }
}

/// Puts an operation together again from its number, its attributes and the types around it.
private struct NodeReader {
  let flat: sfumato_node
  let name: String
  let inputs: [TensorType]
  let outputs: [TensorType]

  func op() throws(BackendError) -> Op {
    let code = sfumato_op(UInt32(bitPattern: flat.op))
    if let op = UnaryOp.allCases.first(where: { $0.entry.code == code }) { return .unary(op) }
    if let op = BinaryOp.allCases.first(where: { $0.entry.code == code }) { return .binary(op) }
    guard let result = outputs.first else { throw malformed(name, "there is no output") }
    switch code {
    case SFUMATO_OP_CONSTANT: return .constant(try literal(result), result)
    case SFUMATO_OP_CAST: return .cast(result.dtype)
    case SFUMATO_OP_SELECT: return .select
    case SFUMATO_OP_REDUCE_SUM: return .reduce(.sum, axes: try ints("axes"))
    case SFUMATO_OP_REDUCE_MAX: return .reduce(.max, axes: try ints("axes"))
    case SFUMATO_OP_CUMSUM: return .cumsum(axis: try int("axis"), reversed: try int("reversed") != 0)
    case SFUMATO_OP_RESHAPE: return .reshape(result.shape)
    case SFUMATO_OP_TRANSPOSE: return .transpose(try ints("permutation"))
    case SFUMATO_OP_BROADCAST: return .broadcast(result.shape)
    case SFUMATO_OP_SLICE:
      return .slice(starts: try ints("starts"), limits: try ints("limits"), strides: try ints("strides"))
    case SFUMATO_OP_PAD:
      return .pad(low: try ints("low"), high: try ints("high"), interior: try ints("interior"))
    case SFUMATO_OP_CONCAT: return .concat(axis: try int("axis"))
    case SFUMATO_OP_GATHER: return .gather
    case SFUMATO_OP_SCATTER_ADD:
      guard let rows = result.shape.dimensions.first else { throw malformed(name, "the result has no rows") }
      return .scatterAdd(count: rows)
    case SFUMATO_OP_MATMUL:
      return .matmul(transposeA: try int("transpose_a") != 0, transposeB: try int("transpose_b") != 0)
    case SFUMATO_OP_CONV: return .conv(try geometry(x: 0, w: 1, y: nil))
    case SFUMATO_OP_CONV_GRAD_INPUT: return .convGradInput(try geometry(x: nil, w: 1, y: 0))
    case SFUMATO_OP_CONV_GRAD_WEIGHT: return .convGradWeight(try geometry(x: 0, w: nil, y: 1))
    case SFUMATO_OP_IOTA: return .iota(axis: try int("axis"), result.shape)
    case SFUMATO_OP_RANDOM_BITS:
      return .randomBits(
        purpose: UInt32(truncatingIfNeeded: try int("purpose")), bits: try int("bits"), result.shape)
    case SFUMATO_OP_STOP_GRADIENT: return .stopGradient
    case SFUMATO_OP_REGION: return .region(try region())
    default: throw malformed(name, "operation \(flat.op) is not known")
    }
  }

  private func literal(_ type: TensorType) throws(BackendError) -> Literal {
    let count = Int(flat.data_count)
    guard let data = flat.data, count == type.count || count == 1 else {
      throw malformed(name, "\(count) elements for \(type)")
    }
    let tensor = HostTensor(TensorType(type.dtype, [count])) {
      $0.copyMemory(from: UnsafeRawBufferPointer(start: data, count: $0.count))
    }
    return count == 1 ? .splat(tensor.doubles[0]) : .array(tensor.doubles)
  }

  /// The geometry of a convolution, from the tensors among its operands; the missing one is the output.
  private func geometry(x: Int?, w: Int?, y: Int?) throws(BackendError) -> ConvGeometry {
    func shape(_ position: Int?) -> Shape { position.map { inputs[$0].shape } ?? outputs[0].shape }
    guard inputs.count == 2, (inputs + outputs).allSatisfy({ $0.shape.rank == 4 }) else {
      throw malformed(name, "a convolution has two operands of four axes")
    }
    let (image, kernel) = (shape(x), shape(w))
    let strides = try ints("strides", count: 2), padding = try ints("padding", count: 4)
    return ConvGeometry(
      inputHeight: image[1], inputWidth: image[2], inChannels: image[3], outChannels: kernel[0],
      kernelHeight: kernel[1], kernelWidth: kernel[2], strideH: strides[0], strideW: strides[1],
      padTop: padding[0], padLeft: padding[1], padBottom: padding[2], padRight: padding[3],
      groups: try int("groups"))
  }

  private func region() throws(BackendError) -> Region {
    guard let body = flat.body else { throw malformed(name, "a region has no body") }
    var attributes: [String: Attribute] = [:]
    for (key, value) in try self.attributes() {
      guard let attribute = value.attribute else {
        throw malformed(name, "attribute \"\(key)\" of a region has several numbers")
      }
      attributes[key] = attribute
    }
    return Region(
      name: name, version: Int(flat.version), attributes: attributes, body: try Program(body))
  }

  private func ints(_ key: String, count: Int? = nil) throws(BackendError) -> [Int] {
    for (found, value) in try attributes() where found == key {
      if case .ints(let values) = value, count == nil || values.count == count { return values }
    }
    throw malformed(name, "attribute \"\(key)\" is missing or malformed")
  }

  private func int(_ key: String) throws(BackendError) -> Int { try ints(key, count: 1)[0] }

  private func attributes() throws(BackendError) -> [(key: String, value: FlatAttribute)] {
    var attributes: [(key: String, value: FlatAttribute)] = []
    for index in 0..<Int(flat.attribute_count) {
      guard let attribute = flat.attributes?[index]?.pointee, let key = attribute.key else {
        throw malformed(name, "attribute \(index) is missing")
      }
      try checkSize(attribute.struct_size, of: sfumato_attribute.self, "attribute")
      attributes.append((String(cString: key), try value(attribute, String(cString: key))))
    }
    return attributes
  }

  private func value(_ attribute: sfumato_attribute, _ key: String) throws(BackendError) -> FlatAttribute {
    switch sfumato_attribute_kind(UInt32(bitPattern: attribute.kind)) {
    case SFUMATO_ATTRIBUTE_INTS:
      return .ints(
        try elements(attribute.ints, attribute.count, name, "numbers of \"\(key)\"").map { Int($0) })
    case SFUMATO_ATTRIBUTE_FLOAT: return .real(attribute.real)
    case SFUMATO_ATTRIBUTE_STRING: return .text(attribute.text.map { String(cString: $0) } ?? "")
    default: throw malformed(name, "attribute \"\(key)\" is of an unknown kind")
    }
  }
}
