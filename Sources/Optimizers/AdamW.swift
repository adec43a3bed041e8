import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// Adam with decoupled weight decay (Loshchilov and Hutter, 2019, algorithm 2), as PyTorch's `AdamW` computes it.
public struct AdamW: Optimizer, Hashable {
  public var beta1: Double
  public var beta2: Double
  public var eps: Double
  public var weightDecay: Double

  public init(beta1: Double = 0.9, beta2: Double = 0.999, eps: Double = 1e-8, weightDecay: Double = 0.01) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.eps = eps
    self.weightDecay = weightDecay
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] { OptimizerSlot.moments(of: parameter) }

  public var hyperparameterCount: Int { 4 }

  /// (learning rate, 1/(1 − β1^step), 1/√(1 − β2^step), decay of the average).
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    [
      learningRate, 1 / (1 - pow(beta1, Double(step))), 1 / (1 - pow(beta2, Double(step))).squareRoot(),
      averageDecay,
    ].map { Float($0) }
  }

  /// The region `adamw` with inputs (parameter, gradient, m, v, average, hyperparameters [4], scale []),
  /// outputs (parameter, m, v, average) and attributes beta1, beta2, eps, weightDecay; without an average, its body.
  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let attributes: [String: Attribute] = [
      "beta1": .float(beta1), "beta2": .float(beta2), "eps": .float(eps), "weightDecay": .float(weightDecay),
    ]
    func inputs(average: Tensor) -> [Tensor] {
      [state.value, gradient, state.slots[0], state.slots[1], average, hyperparameters, scale]
    }
    guard let average = state.average else {
      let updated = try body(inputs(average: state.value))
      return OptimizedParameter(value: updated[0], slots: [updated[1], updated[2]], average: nil)
    }
    let updated = try gradient.graph.region(
      "adamw", attributes: attributes, inputs(average: average), body: body)
    return OptimizedParameter(value: updated[0], slots: [updated[1], updated[2]], average: updated[3])
  }

  private func body(_ inputs: [Tensor]) throws -> [Tensor] {
    let (value, average, hyper) = (inputs[0], inputs[4], inputs[5])
    let rate = try hyper.scalar(0), decay = try hyper.scalar(3)
    let gradient = try inputs[1] * inputs[6]
    let m = try inputs[2] * beta1 + gradient * (1 - beta1)
    let v = try inputs[3] * beta2 + gradient.squared() * (1 - beta2)
    let denominator = try v.sqrt() * hyper.scalar(2) + eps
    let kept = try value * (1 - rate * weightDecay)
    let updated = try kept - rate * hyper.scalar(1) * (m / denominator)
    return [updated, m, v, try decay * average + (1 - decay) * updated]
  }
}

extension AdamW {
  static let definition = OptimizerDefinition(
    name: "adamw", summary: "Adam with decoupled weight decay",
    options: [.beta1, .beta2, .eps, .weightDecay]
  ) {
    AdamW(
      beta1: $0.number("beta1"), beta2: $0.number("beta2"), eps: $0.number("eps"),
      weightDecay: $0.number("weight_decay"))
  }
}
