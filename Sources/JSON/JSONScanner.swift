/// Reads JSON token by token (RFC 8259), without building a tree.
///
/// Its memory is the input plus the one string that is being read, whatever the input says.
public struct JSONScanner {
  /// Arrays and objects nested deeper than this are refused, as recursion must end.
  public static let depthLimit = 64

  private let bytes: ArraySlice<UInt8>
  private let start: Int
  private var position: Int

  public init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    start = bytes.startIndex
    position = bytes.startIndex
  }

  /// Bytes read so far.
  public var offset: Int { position - start }

  /// An error at the current position.
  public func error(_ message: String) -> JSONError { JSONError(message, at: offset) }

  /// The next byte that is no white space, without taking it; nil at the end.
  public mutating func peek() -> UInt8? {
    while position < bytes.endIndex, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    return position < bytes.endIndex ? bytes[position] : nil
  }

  /// Takes `character` if it comes next.
  public mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard let byte = peek(), UInt32(byte) == character.value else { return false }
    position += 1
    return true
  }

  /// Takes `character`, or fails.
  public mutating func expect(_ character: Unicode.Scalar) throws(JSONError) {
    if !take(character) { throw error("expected '\(character)', found \(nextForMessage())") }
  }

  /// Fails unless only white space is left.
  public mutating func expectEnd() throws(JSONError) {
    if peek() != nil { throw error("unexpected \(nextForMessage()) after the value") }
  }

  /// Calls `member` for each key of an object, with the scanner before the value; `member` must take it.
  public mutating func object(
    _ member: (inout JSONScanner, String) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("{")
    if take("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while take(",")
    try expect("}")
  }

  /// Calls `element` for each element of an array, with the scanner before it; `element` must take it.
  public mutating func array(
    _ element: (inout JSONScanner) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect("[")
    if take("]") { return }
    repeat { try element(&self) } while take(",")
    try expect("]")
  }

  /// Takes a non-negative integer written with digits only, as sizes and offsets are.
  public mutating func naturalNumber() throws(JSONError) -> Int {
    let at = offset
    let text = try numberText()
    guard let value = Int(text), value >= 0, text.first != "-" else {
      throw JSONError("expected a non-negative integer below 2^63, found \(text.prefix(40))", at: at)
    }
    return value
  }

  /// Takes any scalar, array or object and drops it.
  public mutating func skip(depth: Int = 0) throws(JSONError) {
    guard depth < Self.depthLimit else { throw error("nesting deeper than \(Self.depthLimit) levels") }
    switch peek() {
    case UInt8(ascii: "{"):
      try object { (scanner, _) throws(JSONError) in try scanner.skip(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { (scanner) throws(JSONError) in try scanner.skip(depth: depth + 1) }
    default: _ = try scalar()
    }
  }

  /// Takes null, a boolean, a number or a string.
  public mutating func scalar() throws(JSONError) -> JSONValue {
    guard let byte = peek() else { throw error("expected a value, found the end") }
    switch byte {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
      let at = offset
      let text = try numberText()
      if let value = Int(text), text != "-0" { return .integer(value) }
      guard let value = Double(text), value.isFinite else {
        throw JSONError("number \(text.prefix(40)) is out of range", at: at)
      }
      return .number(value)
    default:
      for (word, value) in [("null", JSONValue.null), ("true", .bool(true)), ("false", .bool(false))]
      where bytes[position...].starts(with: word.utf8) {
        position += word.utf8.count
        return value
      }
      throw error("expected a value, found \(nextForMessage())")
    }
  }

  private func nextForMessage() -> String {
    guard position < bytes.endIndex else { return "the end" }
    let byte = bytes[position]
    return (0x21...0x7E).contains(byte)
      ? "'\(Unicode.Scalar(byte))'" : "byte 0x\(String(byte, radix: 16, uppercase: true))"
  }

  /// number = [-] int [frac] [exp]
  private mutating func numberText() throws(JSONError) -> String {
    _ = peek()
    let first = position
    if next == UInt8(ascii: "-") { position += 1 }
    let leading = position
    let digits = takeDigits()
    guard digits > 0 else { throw error("expected a number, found \(nextForMessage())") }
    if digits > 1, bytes[leading] == UInt8(ascii: "0") { throw error("a number with a leading zero") }
    if next == UInt8(ascii: ".") {
      position += 1
      guard takeDigits() > 0 else { throw error("expected a digit after the point") }
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      position += 1
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { position += 1 }
      guard takeDigits() > 0 else { throw error("expected a digit in the exponent") }
    }
    return String(decoding: bytes[first..<position], as: UTF8.self)
  }

  private var next: UInt8? { position < bytes.endIndex ? bytes[position] : nil }

  private mutating func takeDigits() -> Int {
    let first = position
    while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
    return position - first
  }
}

// MARK: - Strings

extension JSONScanner {
  /// Takes a string.
  public mutating func string() throws(JSONError) -> String {
    try expect("\"")
    let at = offset
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw JSONError("a string that is not UTF-8", at: at)
        }
        return text
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw JSONError("a control character in a string", at: offset - 1)
      default: content.append(byte)
      }
    }
    throw error("a string without an end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw error("a string without an end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"):
      var code = try hexadecimal()
      if (0xD800..<0xDC00).contains(code), bytes[position...].starts(with: [0x5C, 0x75]) {
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
      content.append(contentsOf: String(Character(scalar)).utf8)
    default: throw error("an unknown escape in a string")
    }
  }

  private mutating func hexadecimal() throws(JSONError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("expected four hexadecimal digits")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }
}
