import Sfumato

/// Adagrad: steps divided by the root of the sum of squared gradients (Duchi et al., 2011).
struct Adagrad: Optimizer {
  func slots(of parameter: Parameter) -> [OptimizerSlot] { [OptimizerSlot("sum", parameter.shape)] }

  /// The learning rate and the decay of the average.
  let hyperparameterCount = 2

  func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    [Float(learningRate), Float(averageDecay)]
  }

  func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let gradient = try gradient * scale, sum = try state.slots[0] + gradient.squared()
    let value = try state.value - hyperparameters.scalar(0) * gradient / (sum.sqrt() + 1e-8)
    return try OptimizedParameter(state, value: value, slots: [sum], decay: hyperparameters.scalar(1))
  }

  static let definition = OptimizerDefinition(
    name: "adagrad", summary: "steps divided by the root of the sum of squared gradients", options: []
  ) { _ in Adagrad() }
}
