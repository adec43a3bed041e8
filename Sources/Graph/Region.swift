/// A named sub-graph of primitives.
///
/// A backend that knows the name and version runs its own kernel; any other runs the body. The derivative of
/// a region is that of its body, unless it brings a `gradient`.
public final class Region: Hashable, Sendable {
  public let name: String
  public let version: Int
  /// Settings that a kernel needs, beside the shapes.
  public let attributes: [String: Attribute]
  /// What the region means: its inputs are the region's inputs, its outputs the region's outputs. No state.
  public let body: Program
  /// Maps (inputs…, outputs…, cotangents of the outputs…) to the cotangents of the inputs, one for each float
  /// input, in order. Made of primitives and regions with bodies, so that it can be differentiated again.
  public let gradient: Program?

  public init(
    name: String, version: Int = 1, attributes: [String: Attribute] = [:], body: Program,
    gradient: Program? = nil
  ) {
    self.name = name
    self.version = version
    self.attributes = attributes
    self.body = body
    self.gradient = gradient
  }

  public static func == (a: Region, b: Region) -> Bool {
    a === b
      || (a.name == b.name && a.version == b.version && a.attributes == b.attributes && a.body == b.body
        && a.gradient == b.gradient)
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(name)
    hasher.combine(version)
    hasher.combine(body.nodes.count)
    hasher.combine(body.values)
  }
}

/// A setting of a region.
public enum Attribute: Hashable, Sendable, CustomStringConvertible {
  case int(Int)
  case float(Double)
  case string(String)

  public var intValue: Int? { if case .int(let value) = self { value } else { nil } }
  public var floatValue: Double? { if case .float(let value) = self { value } else { nil } }
  public var stringValue: String? { if case .string(let value) = self { value } else { nil } }

  public var description: String {
    switch self {
    case .int(let value): String(value)
    case .float(let value): String(value)
    case .string(let value): "\"\(value)\""
    }
  }
}
