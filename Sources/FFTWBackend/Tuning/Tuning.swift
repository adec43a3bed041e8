import SfumatoBackend
import SfumatoJSON

/// Choices that decide how something is computed, and so its last bits.
struct Tuning: Equatable {
  /// Names of methods, by `LayerPass.key`.
  var convolutions: [String: String] = [:]
  /// Wisdom of measured plans by `transformKey`; empty for an estimated one.
  var transforms: [String: String] = [:]

  static func transformKey(size: Int, channels: Int) -> String { "\(size)×\(size)×\(channels)" }

  var isEmpty: Bool { convolutions.isEmpty && transforms.isEmpty }

  /// With what `other` has; where both have something, it stays.
  func adding(_ other: Tuning) -> Tuning {
    Tuning(
      convolutions: convolutions.merging(other.convolutions) { own, _ in own },
      transforms: transforms.merging(other.transforms) { own, _ in own })
  }

  var json: JSONObject {
    var object = JSONObject()
    for (name, choices) in [("convolutions", convolutions), ("transforms", transforms)]
    where !choices.isEmpty {
      var members = JSONObject()
      for (key, value) in choices.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
      object[name] = .object(members)
    }
    return object
  }

  init(convolutions: [String: String] = [:], transforms: [String: String] = [:]) {
    self.convolutions = convolutions
    self.transforms = transforms
  }

  /// - Throws: `BackendError.badTuning` where there is something else than texts.
  init(_ json: JSONObject) throws(BackendError) {
    convolutions = try Self.texts(json, "convolutions")
    transforms = try Self.texts(json, "transforms")
  }

  private static func texts(_ json: JSONObject, _ name: String) throws(BackendError) -> [String: String] {
    guard let value = json[name] else { return [:] }
    guard let object = value.object else {
      throw .badTuning(
        backend: "fftw", problem: "\"\(name)\" must be an object of texts, but is \(value.kind)")
    }
    var texts: [String: String] = [:]
    for (key, member) in object.members {
      guard let text = member.string else {
        throw .badTuning(
          backend: "fftw", problem: "\"\(name)\": \"\(key)\" must be a text, but is \(member.kind)")
      }
      texts[key] = text
    }
    return texts
  }
}
