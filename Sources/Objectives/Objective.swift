/// What a model is trained for; it is either a `DenoisingObjective` or an `AdversarialObjective`.
public protocol Objective: Sendable {}
