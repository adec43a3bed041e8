import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// Rectified Adam (Liu et al., "On the variance of the adaptive learning rate and beyond", 2020, algorithm 2), with decoupled weight
/// decay: it needs no warm-up, as the first steps do without the mean of squares, which few gradients have made.
public struct RAdam: Optimizer, Hashable {
  public var beta1: Double
  public var beta2: Double
  public var eps: Double
  public var weightDecay: Double

  public init(beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8, weightDecay: Double = 0) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.eps = eps
    self.weightDecay = weightDecay
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] { OptimizerSlot.moments(of: parameter) }
  public var hyperparameterCount: Int { 5 }

  /// (learning rate, 1/(1 − β1^step), R·√(1 − β2^step), plain, decay of the average), where R is the rectification and plain 0, or
  /// R is 0 and plain 1 while the mean of squares is not to be trusted.
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    let k = Double(step), power = pow(beta2, k), longest = 2 / (1 - beta2) - 1
    let length = longest - 2 * k * power / (1 - power)
    let isTrusted = length > 5
    let rectification =
      isTrusted
      ? ((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)).squareRoot() : 0
    return [
      learningRate, 1 / (1 - pow(beta1, k)), rectification * (1 - power).squareRoot(), isTrusted ? 0 : 1,
      averageDecay,
    ].map { Float($0) }
  }

  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let gradient = try gradient * scale, rate = try hyperparameters.scalar(0)
    let m = try state.slots[0] * beta1 + gradient * (1 - beta1)
    let v = try state.slots[1] * beta2 + gradient.squared() * (1 - beta2)
    let length = try hyperparameters.scalar(2) / (v.sqrt() + eps) + hyperparameters.scalar(3)
    let value = try state.value * (1 - rate * weightDecay) - rate * hyperparameters.scalar(1) * (m * length)
    return try OptimizedParameter(state, value: value, slots: [m, v], decay: hyperparameters.scalar(4))
  }

  static let definition = OptimizerDefinition(
    name: "radam", summary: "Adam that needs no warm-up, with decoupled weight decay",
    options: [.beta1, .beta2, .eps, .weightDecay]
  ) {
    RAdam(
      beta1: $0.number("beta1"), beta2: $0.number("beta2"), eps: $0.number("eps"),
      weightDecay: $0.number("weight_decay"))
  }
}
