import SfumatoBackend
import SfumatoJSON

/// Choices that decide how something is computed, and so its last bits.
struct Tuning: Equatable {
  private(set) var choices = Choices()

  /// Names of methods, by `LayerPass.key`.
  var convolutions: [String: String] {
    get { choices["convolutions"] }
    set { choices["convolutions"] = newValue }
  }
  /// Wisdom of measured plans by `transformKey`; empty for an estimated one.
  var transforms: [String: String] {
    get { choices["transforms"] }
    set { choices["transforms"] = newValue }
  }

  static func transformKey(size: Int, channels: Int) -> String { "\(size)×\(size)×\(channels)" }

  var isEmpty: Bool { choices.isEmpty }

  /// With what `other` has; where both have something, it stays.
  func adding(_ other: Tuning) -> Tuning { Tuning(choices.adding(other.choices)) }

  var json: JSONObject { choices.json }

  init(_ choices: Choices) { self.choices = choices }

  init(convolutions: [String: String] = [:], transforms: [String: String] = [:]) {
    self.convolutions = convolutions
    self.transforms = transforms
  }

  /// - Throws: `BackendError.badTuning` where there is something else than texts.
  init(_ json: JSONObject) throws(BackendError) { choices = try Choices(json, backend: "fftw") }
}
