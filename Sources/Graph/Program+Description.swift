extension Program: CustomStringConvertible {
  /// The program as text: borders, then a line a node; the bodies of regions follow, each once.
  public var description: String {
    var lines: [String] = []
    var regions: [Region] = []
    write(name: "program", into: &lines, regions: &regions)
    var index = 0
    while index < regions.count {
      let region = regions[index]
      lines.append("")
      region.body.write(name: "region \(region.name)#\(index)", into: &lines, regions: &regions)
      index += 1
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func write(name: String, into lines: inout [String], regions: inout [Region]) {
    lines.append("\(name) {")
    for port in inputs { lines.append("  \(port.value) = input \"\(port.name)\" : \(self[port.value])") }
    for state in states { lines.append("  \(state.input) = state \"\(state.name)\" : \(self[state.input])") }
    for node in nodes {
      let results = node.outputs.map(\.description).joined(separator: ", ")
      let operands = node.inputs.map(\.description).joined(separator: ", ")
      let types = node.outputs.map { self[$0].description }.joined(separator: ", ")
      let place = node.name.isEmpty ? "" : "  // \(node.name)"
      lines.append("  \(results) = \(node.op.text(&regions))(\(operands)) : \(types)\(place)")
    }
    for state in states where state.output != state.input {
      lines.append("  update \"\(state.name)\" = \(state.output)")
    }
    for port in outputs { lines.append("  output \"\(port.name)\" = \(port.value)") }
    lines.append("}")
  }
}

extension Op {
  /// The operation with its settings, as printed in a program.
  fileprivate func text(_ regions: inout [Region]) -> String {
    switch self {
    case .constant(.splat(let value), _): "constant[\(value)]"
    case .constant(.array(let values), _):
      "constant[\(values.prefix(4).map { "\($0)" }.joined(separator: ", "))\(values.count > 4 ? ", …" : "")]"
    case .cast(let dtype): "cast[\(dtype.rawValue)]"
    case .reduce(_, let axes): "\(name)\(axes)"
    case .cumsum(let axis, let reversed): "cumsum[\(axis)\(reversed ? ", reversed" : "")]"
    case .transpose(let permutation): "transpose\(permutation)"
    case .slice(let starts, let limits, let strides): "slice[\(starts), \(limits), \(strides)]"
    case .pad(let low, let high, let interior): "pad[\(low), \(high), \(interior)]"
    case .concat(let axis): "concat[\(axis)]"
    case .scatterAdd(let count): "scatterAdd[\(count)]"
    case .matmul(let a, let b): "matmul[\(a ? "T" : "N")\(b ? "T" : "N")]"
    case .conv(let geometry), .convGradInput(let geometry), .convGradWeight(let geometry):
      "\(name)[\(geometry)]"
    case .iota(let axis, _): "iota[\(axis)]"
    case .randomBits(let purpose, let bits, _): "randomBits[purpose \(purpose), \(bits) bits]"
    case .region(let region): "\(region.text)#\(Self.number(of: region, in: &regions))"
    case .unary, .binary, .select, .reshape, .broadcast, .gather, .stopGradient: name
    }
  }

  private static func number(of region: Region, in regions: inout [Region]) -> Int {
    if let index = regions.firstIndex(of: region) { return index }
    regions.append(region)
    return regions.count - 1
  }
}

extension Region {
  fileprivate var text: String {
    let settings = attributes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(
      separator: ", ")
    return settings.isEmpty ? name : "\(name)[\(settings)]"
  }
}
