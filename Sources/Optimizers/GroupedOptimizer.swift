import SfumatoGraph
import SfumatoNN
import SfumatoRegistry

/// An optimizer that treats some of the parameters otherwise, by their names: with other options, at another learning rate.
public struct GroupedOptimizer: Optimizer {
  /// Parameters whose names a pattern matches.
  public struct Group: Sendable {
    public var pattern: GlobPattern
    public var optimizer: any Optimizer
    /// What the learning rate is multiplied by.
    public var rate: Double

    public init(pattern: GlobPattern, optimizer: any Optimizer, rate: Double = 1) {
      self.pattern = pattern
      self.optimizer = optimizer
      self.rate = rate
    }
  }

  /// Of those in no group first.
  private let all: [(optimizer: any Optimizer, rate: Double)]
  public let groups: [Group]

  /// - Parameters:
  ///   - usual: for parameters in no group.
  ///   - groups: a parameter is in the first that matches.
  public init(_ usual: any Optimizer, groups: [Group]) {
    self.groups = groups
    all = [(usual, 1)] + groups.map { ($0.optimizer, $0.rate) }
  }

  private func place(of parameter: Parameter) -> Int {
    groups.firstIndex { $0.pattern.matches(parameter.name) }.map { $0 + 1 } ?? 0
  }

  public func slots(of parameter: Parameter) -> [OptimizerSlot] {
    all[place(of: parameter)].optimizer.slots(of: parameter)
  }

  public var hyperparameterCount: Int { all.reduce(0) { $0 + $1.optimizer.hyperparameterCount } }

  /// Those of each, one after the other.
  public func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float] {
    all.flatMap {
      $0.optimizer.hyperparameters(
        step: step, learningRate: learningRate * $0.rate, averageDecay: averageDecay)
    }
  }

  public func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter {
    let place = place(of: parameter), optimizer = all[place].optimizer
    let first = all[..<place].reduce(0) { $0 + $1.optimizer.hyperparameterCount }
    let own = try hyperparameters.slice(axis: 0, first..<first + optimizer.hyperparameterCount)
    return try optimizer.update(parameter, state, gradient: gradient, hyperparameters: own, scale: scale)
  }
}
