import SfumatoJSON

/// What all models have in common; it is either a `DenoisingModel` or an `AdversarialModel`.
public protocol Model: Sendable {
  /// The registry's name of this kind of model.
  var kind: String { get }
  /// The labels that the model knows, 0 ..< labelCount; nil for an unconditional model.
  var labelCount: Int? { get }
  /// The configuration, which the registry's entry reads back.
  var configuration: JSONValue { get }
}
