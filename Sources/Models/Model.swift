import SfumatoGraph
import SfumatoJSON

/// What all models have in common; a task takes models of a type of its own, such as `DenoisingModel`.
public protocol Model: Sendable {
  /// The registry's name of this kind of model.
  var kind: String { get }
  /// The labels that the model knows, 0 ..< labelCount; nil for an unconditional model.
  var labelCount: Int? { get }
  /// The configuration, which the registry's entry reads back.
  var configuration: JSONValue { get }
}

extension Model {
  /// - Throws: `ModelError.labels` for labels that an unconditional model has no use for, or that a conditional one lacks.
  func check(labels: Tensor?) throws(ModelError) {
    guard (labels != nil) == (labelCount != nil) else { throw .labels(expected: labelCount != nil) }
  }
}
