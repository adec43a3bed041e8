extension JSONValue {
  /// Parses a whole text (UTF-8). Duplicate keys and anything after the value are errors.
  public init(parsing bytes: some Sequence<UInt8>) throws(JSONError) {
    var scanner = JSONScanner(ArraySlice(bytes))
    self = try scanner.value(depth: 0)
    try scanner.expectEnd()
  }

  /// Parses a whole text.
  public init(parsing text: String) throws(JSONError) { try self.init(parsing: text.utf8) }
}

extension JSONScanner {
  /// Takes one value as a tree.
  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.depthLimit else { throw error("nesting deeper than \(Self.depthLimit) levels") }
    switch peek() {
    case UInt8(ascii: "{"):
      var members = JSONObject()
      try object { (scanner, key) throws(JSONError) in
        guard members[key] == nil else { throw scanner.error("duplicate key \"\(key)\"") }
        members[key] = try scanner.value(depth: depth + 1)
      }
      return .object(members)
    case UInt8(ascii: "["):
      var elements: [JSONValue] = []
      try array { (scanner) throws(JSONError) in elements.append(try scanner.value(depth: depth + 1)) }
      return .array(elements)
    default:
      return try scalar()
    }
  }
}
