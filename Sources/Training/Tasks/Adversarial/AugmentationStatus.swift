import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoObjectives

/// Where adaptive augmentation stands after a step.
public struct AugmentationStatus: Equatable, Sendable {
  /// The probability of each augmentation.
  public var probability: Float = 0
  /// The running mean of how surely the discriminator tells real images.
  public var certainty: Float = 0

  /// Names of the states.
  enum Name {
    static let probability = "augmentation.probability", certainty = "augmentation.certainty"
  }

  /// The metric that the certainty is taken from.
  static let metric = "certainty"

  public init() {}

  init(_ tensor: (String) throws -> HostTensor) rethrows {
    probability = try tensor(Name.probability).floats.first ?? 0
    certainty = try tensor(Name.certainty).floats.first ?? 0
  }

  /// The states.
  var tensors: [String: HostTensor] {
    [Name.probability: HostTensor([probability], []), Name.certainty: HostTensor([certainty], [])]
  }

  /// Appends what becomes of the states after a step in which the metric was `certainty`.
  static func update(_ augmentation: StepAugmentation, in trace: PhaseTrace, certainty: Tensor) throws {
    // The last four steps or so, as many as in the paper.
    let mean = try trace.scalarState(Name.certainty) * 0.75 + certainty * 0.25
    let probability = try augmentation.adapted(
      trace.scalarState(Name.probability), certainty: mean, batch: trace.components.recipe.training.batch)
    try trace.graph.update(Name.certainty, to: mean)
    try trace.graph.update(Name.probability, to: probability)
    try trace.graph.output(Name.probability, probability)
    try trace.graph.output(Name.certainty, mean)
  }
}

// MARK: - In checkpoints

extension AugmentationStatus {
  /// Where a run was not adaptive before, it begins anew.
  static let entry = StateEntry(
    key: "augmentation", expected: "a probability and a certainty",
    save: { state in try AugmentationStatus { try state.read($0) }.json },
    restore: { json, state in
      guard let status = json.map({ AugmentationStatus(json: $0) }) ?? AugmentationStatus() else {
        return false
      }
      for (name, tensor) in status.tensors { try state.write(name, tensor) }
      return true
    })

  /// The checkpoint's entry `augmentation`.
  var json: JSONValue {
    ["probability": .number(Double(probability)), "certainty": .number(Double(certainty))]
  }

  /// Reads what `json` wrote; nil for anything else.
  init?(json: JSONValue) {
    guard let probability = json["probability"]?.number, (0...1).contains(probability),
      let certainty = json["certainty"]?.number, (-1...1).contains(certainty)
    else { return nil }
    (self.probability, self.certainty) = (Float(probability), Float(certainty))
  }
}
