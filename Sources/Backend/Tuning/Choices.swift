import SfumatoJSON

/// Choices that decide how something is computed, and so its last bits: texts by what they are for, in sections.
public struct Choices: Equatable, Sendable {
  private var sections: [String: [String: String]] = [:]

  public init() {}

  /// A section's choices; none for an unknown one.
  public subscript(_ section: String) -> [String: String] {
    get { sections[section] ?? [:] }
    set { sections[section] = newValue.isEmpty ? nil : newValue }
  }

  public var isEmpty: Bool { sections.isEmpty }

  /// With what `other` has; where both have something, it stays.
  public func adding(_ other: Choices) -> Choices {
    var sum = self
    sum.sections.merge(other.sections) { own, new in own.merging(new) { own, _ in own } }
    return sum
  }

  public var json: JSONObject {
    var object = JSONObject()
    for (name, choices) in sections.sorted(by: { $0.key < $1.key }) {
      var members = JSONObject()
      for (key, value) in choices.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
      object[name] = .object(members)
    }
    return object
  }

  /// - Parameter backend: whose choices they are, for the error.
  /// - Throws: `BackendError.badTuning` where there is something else than texts in sections.
  public init(_ json: JSONObject, backend: String) throws(BackendError) {
    for (name, value) in json.members {
      guard let section = value.object else {
        throw .badTuning(
          backend: backend, problem: "\"\(name)\" must be an object of texts, but is \(value.kind)")
      }
      for (key, member) in section.members {
        guard let text = member.string else {
          throw .badTuning(
            backend: backend, problem: "\"\(name)\": \"\(key)\" must be a text, but is \(member.kind)")
        }
        self[name][key] = text
      }
    }
  }
}
