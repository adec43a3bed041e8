/// A JSON value. Integers and other numbers are kept apart, so that `1` and `1.0` survive a round trip.
public enum JSONValue: Equatable, Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)
}

extension JSONValue {
  /// The boolean, when this is one.
  public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

  /// The integer, when this is one.
  public var integer: Int? { if case .integer(let value) = self { value } else { nil } }

  /// The number, when this is one, integer or not.
  public var number: Double? {
    switch self {
    case .integer(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The string, when this is one.
  public var string: String? { if case .string(let value) = self { value } else { nil } }

  /// The elements, when this is an array.
  public var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }

  /// The members, when this is an object.
  public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

  /// The member called `key`, when this is an object that has it.
  public subscript(key: String) -> JSONValue? { object?[key] }

  /// What kind of value this is, for error messages.
  public var kind: String {
    switch self {
    case .null: "null"
    case .bool: "a boolean"
    case .integer: "an integer"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}

/// The members of a JSON object, in the order in which they were added.
///
/// Two objects are equal when their members are, whatever the order.
public struct JSONObject: Sendable {
  public private(set) var keys: [String] = []
  private var values: [String: JSONValue] = [:]

  public init() {}

  public subscript(key: String) -> JSONValue? {
    get { values[key] }
    set {
      let old = values.updateValue(newValue ?? .null, forKey: key)
      if newValue == nil {
        values[key] = nil
        keys.removeAll { $0 == key }
      } else if old == nil {
        keys.append(key)
      }
    }
  }

  /// The members in order.
  public var members: [(key: String, value: JSONValue)] { keys.map { ($0, values[$0] ?? .null) } }
}

extension JSONObject: Equatable {
  public static func == (a: Self, b: Self) -> Bool { a.values == b.values }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    for (key, value) in elements { self[key] = value }
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
  public init(nilLiteral: ()) { self = .null }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(stringLiteral value: String) { self = .string(value) }
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    var object = JSONObject()
    for (key, value) in elements { object[key] = value }
    self = .object(object)
  }
}
