import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// Muon: matrices step in the direction of their momentum made orthogonal by five rounds of a Newton-Schulz iteration (Jordan et al.,
/// "Muon: an optimizer for hidden layers in neural networks", 2024). What is no hidden matrix follows AdamW.
public struct Muon: Optimizer, Hashable {
  /// How long a step of a matrix of `rows` × `columns` is beside the learning rate.
  public enum Adjustment: String, Sendable, CaseIterable {
    /// √max(1, rows/columns).
    case original
    /// 0.2·√max(rows, columns), about the length of AdamW's steps, whose learning rate then serves both (Liu et al., "Muon is
    /// scalable for LLM training", 2025).
    case matchingAdamW = "match_rms_adamw"
  }

  public var momentum: Double
  public var weightDecay: Double
  public var adjustment: Adjustment
  /// Names of matrices that follow AdamW all the same.
  public var others: GlobPattern
  public var adamw: AdamW
  /// What AdamW's learning rate is beside that of matrices.
  public var otherRate: Double

  public init(
    momentum: Double = 0.95, weightDecay: Double = 0, adjustment: Adjustment = .matchingAdamW,
    others: GlobPattern = Muon.usualOthers, adamw: AdamW = AdamW(beta2: 0.95, eps: 1e-10, weightDecay: 0),
    otherRate: Double = 1
  ) {
    self.momentum = momentum
    self.weightDecay = weightDecay
    self.adjustment = adjustment
    self.others = others
    self.adamw = adamw
    self.otherRate = otherRate
  }

  /// The first and the last layer of the U-Net, and tables of classes.
  public static let usualOthers = GlobPattern("conv_in.*|conv_out.*|*class_embedding.*")

  /// Rows and columns of a hidden matrix: outputs, and all that one of them reads; nil for what follows AdamW.
  func matrix(_ parameter: Parameter) -> (rows: Int, columns: Int)? {
    guard parameter.layout == .kernel || parameter.shape.rank == 2, !others.matches(parameter.name) else {
      return nil
    }
    let rows = parameter.shape[0]
    return rows > 0 ? (rows, parameter.shape.count / rows) : nil
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] {
    matrix(parameter) == nil ? adamw.slots(of: parameter) : [OptimizerSlot("momentum", parameter.shape)]
  }

  public var hyperparameterCount: Int { 1 + adamw.hyperparameterCount }

  /// (learning rate of matrices, AdamW's hyperparameters, the last being the decay of the average).
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    [Float(learningRate)]
      + adamw.hyperparameters(step: step, learningRate: otherRate * learningRate, averageDecay: averageDecay)
  }

  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let count = hyperparameterCount
    guard let (rows, columns) = matrix(parameter) else {
      return try adamw.update(
        parameter, state, gradient: gradient, hyperparameters: hyperparameters.slice(axis: 0, 1..<count),
        scale: scale)
    }
    let rate = try hyperparameters.scalar(0), decay = try hyperparameters.scalar(count - 1)
    let gradient = try gradient * scale
    let m = try state.slots[0] * momentum + gradient * (1 - momentum)
    // Nesterov's: the momentum as the next gradient would find it.
    let ahead = try gradient * (1 - momentum) + m * momentum
    let direction = try ahead.reshape([rows, columns]).orthogonalized().reshape(parameter.shape)
    let length =
      switch adjustment {
      case .original: max(1, Double(rows) / Double(columns)).squareRoot()
      case .matchingAdamW: 0.2 * Double(max(rows, columns)).squareRoot()
      }
    let value = try state.value * (1 - rate * weightDecay) - rate * length * direction
    return try OptimizedParameter(state, value: value, slots: [m], decay: decay)
  }

  static let definition = OptimizerDefinition(
    name: "muon", summary: "Orthogonal steps for hidden matrices, AdamW for the rest",
    options: [
      PluginOption(
        "momentum", "Decay of the mean of gradients of matrices", .number(default: 0.95, in: 0...0.99999)),
      PluginOption(
        "weight_decay", "Decoupled weight decay of all parameters", .number(default: 0, in: 0...10)),
      PluginOption(
        "adjustment", "How long a matrix's step is: as AdamW's, or √max(1, rows/columns)",
        .choice(default: Adjustment.matchingAdamW.rawValue, of: Adjustment.allCases.map(\.rawValue))),
      PluginOption("others", "Matrices that follow AdamW", .text(default: usualOthers.text)),
      PluginOption(
        "other_rate", "AdamW's learning rate beside that of matrices", .number(default: 1, in: 0...1000)),
      PluginOption("beta1", "AdamW's decay of the mean of gradients", .number(default: 0.9, in: 0...0.99999)),
      PluginOption("beta2", "AdamW's decay of the mean of squares", .number(default: 0.95, in: 0...0.999999)),
      PluginOption("eps", "AdamW's, added to the root of that mean", .number(default: 1e-10, in: 1e-16...1)),
    ]
  ) {
    let decay = $0.number("weight_decay")
    return Muon(
      momentum: $0.number("momentum"), weightDecay: decay,
      adjustment: Adjustment(rawValue: $0.choice("adjustment")) ?? .matchingAdamW,
      others: GlobPattern($0.text("others")),
      adamw: AdamW(
        beta1: $0.number("beta1"), beta2: $0.number("beta2"), eps: $0.number("eps"), weightDecay: decay),
      otherRate: $0.number("other_rate"))
  }
}

extension Tensor {
  /// About the nearest orthogonal matrix: the same singular vectors, with singular values near 1 (from 0.7 to 1.2).
  fileprivate func orthogonalized() throws -> Tensor {
    let isTall = shape[0] > shape[1]
    let norm = try squared().reduceSum().reshape([]).sqrt() + 1e-7
    var x = try (isTall ? transpose([1, 0]) : self) / norm
    for _ in 0..<5 {
      let a = try x.matmul(x, transposeB: true)
      let b = try a * -4.7750 + a.matmul(a) * 2.0315
      x = try x * 3.4445 + b.matmul(x)
    }
    return isTall ? try x.transpose([1, 0]) : x
  }
}
