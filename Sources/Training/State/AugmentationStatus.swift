import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoObjectives

/// Where adaptive augmentation stands after a step.
public struct AugmentationStatus: Equatable, Sendable {
  /// The probability of each augmentation.
  public var probability: Float = 0
  /// The running mean of the sign of real pictures' scores: how surely the discriminator tells them apart.
  public var sign: Float = 0

  /// Names of the states.
  enum Name {
    static let probability = "augmentation.probability", sign = "augmentation.sign"
  }

  /// The metric that the sign is taken from.
  static let signMetric = "sign_real"

  public init() {}

  init(_ tensor: (String) throws -> HostTensor) rethrows {
    probability = try tensor(Name.probability).floats.first ?? 0
    sign = try tensor(Name.sign).floats.first ?? 0
  }

  /// The states.
  var tensors: [String: HostTensor] {
    [Name.probability: HostTensor([probability], []), Name.sign: HostTensor([sign], [])]
  }

  /// Appends what becomes of the states after a step in which the mean sign was `sign`.
  static func update(_ augmentation: StepAugmentation, in trace: PhaseTrace, sign: Tensor) throws {
    // The last four steps or so, as many as in the paper.
    let mean = try trace.scalarState(Name.sign) * 0.75 + sign * 0.25
    let probability = try augmentation.adapted(
      trace.scalarState(Name.probability), sign: mean, batch: trace.components.recipe.training.batch)
    try trace.graph.update(Name.sign, to: mean)
    try trace.graph.update(Name.probability, to: probability)
    try trace.graph.output(Name.probability, probability)
    try trace.graph.output(Name.sign, mean)
  }
}

// MARK: - In checkpoints

extension AugmentationStatus {
  /// The checkpoint's entry `augmentation`.
  var json: JSONValue {
    ["probability": .number(Double(probability)), "sign": .number(Double(sign))]
  }

  /// Reads what `json` wrote; nil for anything else.
  init?(json: JSONValue) {
    guard let probability = json["probability"]?.number, (0...1).contains(probability),
      let sign = json["sign"]?.number, (-1...1).contains(sign)
    else { return nil }
    (self.probability, self.sign) = (Float(probability), Float(sign))
  }
}
