import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// Adam (Kingma and Ba, 2015, algorithm 1), whose second decay may change along half a cosine, as R3GAN's does.
public struct Adam: Optimizer, Hashable {
  public var beta1: Double
  /// The decay of squares in the first step, and in step `scheduleSteps` and after it.
  public var beta2: Double
  public var finalBeta2: Double
  public var scheduleSteps: Int
  public var eps: Double

  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, finalBeta2: Double? = nil, scheduleSteps: Int = 1,
    eps: Double = 1e-8
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.finalBeta2 = finalBeta2 ?? beta2
    self.scheduleSteps = scheduleSteps
    self.eps = eps
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] { OptimizerSlot.moments(of: parameter) }

  public var hyperparameterCount: Int { 6 }

  private func beta2(step: Int) -> Double {
    CosineSchedule(from: beta2, to: finalBeta2, steps: scheduleSteps)(step: step)
  }

  /// (learning rate, 1/(1 − β1^step), β2, 1 − β2, 1/√(1 − Πβ2), decay of the average). The product over all steps so far is what
  /// is missing from the sum of the weights of squares; with a constant β2 it is β2^step.
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    var product = 1.0
    for earlier in 1...max(step, 1) {
      product *= beta2(step: earlier)
      if product < 1e-12 { break }
    }
    let decay = beta2(step: step)
    return [
      learningRate, 1 / (1 - pow(beta1, Double(step))), decay, 1 - decay, 1 / (1 - product).squareRoot(),
      averageDecay,
    ].map { Float($0) }
  }

  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let gradient = try gradient * scale
    let m = try state.slots[0] * beta1 + gradient * (1 - beta1)
    let v = try state.slots[1] * hyperparameters.scalar(2) + gradient.squared() * hyperparameters.scalar(3)
    let denominator = try v.sqrt() * hyperparameters.scalar(4) + eps
    let value = try state.value - hyperparameters.scalar(0) * hyperparameters.scalar(1) * (m / denominator)
    return try OptimizedParameter(state, value: value, slots: [m, v], decay: hyperparameters.scalar(5))
  }
}

extension Adam {
  static let definition = OptimizerDefinition(
    name: "adam", summary: "Adam, whose second decay may follow a cosine",
    options: [
      .beta1, .beta2,
      PluginOption(
        "final_beta2", "beta2 at the end of a cosine; -1 for the same",
        .number(default: -1, in: -1...0.999999)),
      PluginOption(
        "schedule_steps", "Steps that the cosine takes", .integer(default: 1, in: 1...1_000_000_000)),
      .eps,
    ]
  ) {
    let final = $0.number("final_beta2")
    return Adam(
      beta1: $0.number("beta1"), beta2: $0.number("beta2"), finalBeta2: final < 0 ? nil : final,
      scheduleSteps: $0.integer("schedule_steps"), eps: $0.number("eps"))
  }
}
