import SfumatoGraph
import SfumatoJSON
import SfumatoNN

/// What all models have in common; a task takes models of a type of its own, such as `DenoisingModel`.
public protocol Model: Sendable {
  /// The registry's name of this kind of model.
  var kind: String { get }
  /// Whether the model is told anything beside its input.
  var isConditional: Bool { get }
  /// The configuration, which the registry's entry reads back.
  var configuration: JSONValue { get }
}

extension Model {
  /// - Throws: `ModelError.conditions` for conditions that an unconditional model has no use for, or that a conditional one lacks.
  func check(_ conditions: Conditioning) throws(ModelError) {
    guard conditions.isEmpty != isConditional else { throw .conditions(expected: isConditional) }
  }
}
