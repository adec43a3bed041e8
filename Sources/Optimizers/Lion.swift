import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// Lion: steps as long as the learning rate, in the direction of a mean of gradients (Chen et al., "Symbolic discovery of
/// optimization algorithms", 2023, algorithm 2). It keeps one tensor of a parameter.
///
/// Its learning rate is 3 to 10 times below that of AdamW, its weight decay as much above.
public struct Lion: Optimizer, Hashable {
  public var beta1: Double
  public var beta2: Double
  public var weightDecay: Double

  public init(beta1: Double = 0.9, beta2: Double = 0.99, weightDecay: Double = 0) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.weightDecay = weightDecay
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] { [OptimizerSlot("m", parameter.shape)] }
  public var hyperparameterCount: Int { 2 }

  /// (learning rate, decay of the average).
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    [learningRate, averageDecay].map { Float($0) }
  }

  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let gradient = try gradient * scale, old = state.slots[0], rate = try hyperparameters.scalar(0)
    // With the mean as it was before this gradient.
    let direction = try (old * beta1 + gradient * (1 - beta1)).sign()
    let value = try state.value * (1 - rate * weightDecay) - rate * direction
    let m = try old * beta2 + gradient * (1 - beta2)
    return try OptimizedParameter(state, value: value, slots: [m], decay: hyperparameters.scalar(1))
  }
}

extension Lion {
  static let definition = OptimizerDefinition(
    name: "lion", summary: "Steps of one length in the direction of a mean of gradients",
    options: [
      PluginOption("beta1", "Weight of the mean in a step", .number(default: 0.9, in: 0...0.99999)),
      PluginOption("beta2", "Decay of the mean of gradients", .number(default: 0.99, in: 0...0.999999)),
      .weightDecay,
    ]
  ) {
    Lion(beta1: $0.number("beta1"), beta2: $0.number("beta2"), weightDecay: $0.number("weight_decay"))
  }
}
