import SfumatoBackend
import SfumatoConfiguration
import SfumatoGraph
import SfumatoJSON

/// Where dynamic loss scaling stands after a step.
public struct LossScaleStatus: Equatable, Sendable {
  /// What the next step multiplies its loss by, a power of two.
  public var scale: Double
  /// Steps since the scale last changed.
  public var goodSteps = 0
  /// Steps of the whole run whose gradients overflowed, and which changed nothing but the scale.
  public var skippedSteps = 0
  /// Skipped steps in a row with the scale at its minimum.
  public var stalledSteps = 0

  /// Names of the states, which are names of outputs too.
  enum Name {
    static let scale = "loss_scale.scale", goodSteps = "loss_scale.good_steps"
    static let skippedSteps = "loss_scale.skipped_steps", stalledSteps = "loss_scale.stalled_steps"
  }

  /// The beginning of a run, or of its part in f16 after `skippedSteps` in an earlier one.
  public init(_ options: LossScaleRecipe, skippedSteps: Int = 0) {
    scale = Double(options.initial)
    self.skippedSteps = skippedSteps
  }

  /// - Parameter tensor: a scalar by its name.
  init(_ tensor: (String) throws -> HostTensor?) rethrows {
    func number(_ name: String) throws -> Double { try tensor(name)?.doubles.first ?? .nan }
    func count(_ name: String) throws -> Int { Int(exactly: try number(name)) ?? 0 }
    scale = try number(Name.scale)
    goodSteps = try count(Name.goodSteps)
    skippedSteps = try count(Name.skippedSteps)
    stalledSteps = try count(Name.stalledSteps)
  }

  /// The states.
  public var tensors: [String: HostTensor] {
    let count = TensorType(.i32, [])
    return [
      Name.scale: HostTensor(TensorType(.f32, []), rounding: [scale]),
      Name.goodSteps: HostTensor(count, rounding: [Double(goodSteps)]),
      Name.skippedSteps: HostTensor(count, rounding: [Double(skippedSteps)]),
      Name.stalledSteps: HostTensor(count, rounding: [Double(stalledSteps)]),
    ]
  }
}

// MARK: - In checkpoints

extension LossScaleStatus {
  /// The checkpoint's entry `loss_scale`; `skippedSteps` stands beside it, as a run may go on in another precision.
  var json: JSONValue {
    [
      "scale": .number(scale), "good_steps": .integer(goodSteps), "stalled_steps": .integer(stalledSteps),
    ]
  }

  /// Reads what `json` wrote; nil for anything else.
  init?(json: JSONValue, skippedSteps: Int) {
    guard let scale = json["scale"]?.number, (1...0x1p40).contains(scale), scale.significand == 1,
      let good = json["good_steps"]?.integer, good >= 0,
      let stalled = json["stalled_steps"]?.integer, stalled >= 0
    else { return nil }
    self.scale = scale
    self.skippedSteps = skippedSteps
    goodSteps = good
    stalledSteps = stalled
  }
}
