/// What a model is trained for; a task takes objectives of a type of its own, such as `DenoisingObjective`.
public protocol Objective: Sendable {}
