import SfumatoGraph
import SfumatoNN

/// A rule that makes new parameters from gradients.
public protocol Optimizer: Sendable {
  /// What it keeps of a parameter beside its value.
  func slots(of parameter: Parameter) -> [OptimizerSlot]
  /// The number of values in `hyperparameters`.
  var hyperparameterCount: Int { get }

  /// The values that change from step to step, the last being `averageDecay`.
  ///
  /// - Parameters:
  ///   - step: from 1.
  ///   - averageDecay: how much of the average stays.
  func hyperparameters(step: Int, learningRate: Double, averageDecay: Double) -> [Float]

  /// Traces the update of one parameter.
  ///
  /// - Parameters:
  ///   - gradient: of the parameter's shape.
  ///   - hyperparameters: f32 [hyperparameterCount].
  ///   - scale: f32 scalar that the gradient is to be multiplied by.
  func update(
    _ parameter: Parameter, _ state: OptimizedParameter, gradient: Tensor, hyperparameters: Tensor,
    scale: Tensor
  ) throws -> OptimizedParameter
}

/// A tensor that an optimizer keeps of a parameter; it starts as zeros.
public struct OptimizerSlot: Hashable, Sendable {
  /// Such as "m"; also the beginning of its key in checkpoints.
  public let name: String
  public let shape: Shape

  public init(_ name: String, _ shape: Shape) {
    self.name = name
    self.shape = shape
  }
}

extension OptimizerSlot {
  /// Means of gradients and of their squares.
  static func moments(of parameter: Parameter) -> [OptimizerSlot] {
    [OptimizerSlot("m", parameter.shape), OptimizerSlot("v", parameter.shape)]
  }
}

extension Optimizer {
  /// The names of all slots of `parameters`, in the order in which they first come.
  public func slotNames(of parameters: [Parameter]) -> [String] {
    var names: [String] = []
    for slot in parameters.flatMap(slots) where !names.contains(slot.name) { names.append(slot.name) }
    return names
  }
}

/// A parameter with what an optimizer keeps for it.
public struct OptimizedParameter {
  public var value: Tensor
  /// The optimizer's tensors, in the order of `Optimizer.slots(of:)`.
  public var slots: [Tensor]
  /// The moving average of the value; nil where none is kept.
  public var average: Tensor?

  public init(value: Tensor, slots: [Tensor], average: Tensor?) {
    self.value = value
    self.slots = slots
    self.average = average
  }
}

extension ParameterList {
  /// Appends the update of all trainable parameters.
  ///
  /// States are called as `ParameterList.parameterPrefix` says for parameters, `optimizer.<slot>.` + name for the
  /// optimizer's, and `ParameterList.averagePrefix` + name for averages, which must start as the
  /// parameters do. A parameter that is not trained has an average of its own value.
  ///
  /// Where a parameter has a `Constraint`, the updated value is held to it, stored so, and averaged so. Forced weight
  /// normalisation is described as the beginning of the next step (Karras et al., 2024, equation 66); at the end of this one it
  /// is the same to the network, and checkpoints and averages hold what the network computes with. An average of such rows is
  /// shorter than they are: the network normalises it where it uses it.
  ///
  /// - Parameters:
  ///   - isTrained: which parameters this update is of; the others stay as they are, averages included.
  ///   - keepsAverages: whether there are averages of those.
  ///   - gradients: of the trainable parameters that `isTrained` chooses, in the order of `trainable`.
  ///   - lossScale: f32 scalar that the gradients have been multiplied by. With it, every state stays as it is, to the bit,
  ///     where the gradients are not finite.
  ///   - hyperparameters: f32 [optimizer.hyperparameterCount].
  ///   - clipNorm: gradients are scaled down so that their global norm is at most this; nil for any norm.
  /// - Returns: the global norm of the gradients, divided by `lossScale`, before clipping: a scalar.
  public func update(
    with optimizer: any Optimizer, of isTrained: (Parameter) -> Bool = { _ in true },
    keepsAverages: Bool = true,
    gradients: [Tensor], lossScale: Tensor? = nil, hyperparameters: Tensor, clipNorm: Double?
  ) throws -> Tensor {
    let graph = hyperparameters.graph
    return try graph.within("optimizer") {
      let inverse = try lossScale?.reciprocal(), scaled = try globalNorm(gradients)
      let norm = try inverse.map { try scaled * $0 } ?? scaled
      let isFinite = try inverse.map { _ in try norm.isFiniteNorm() }
      let clip = try clipNorm.map { try clipScale(norm, limit: $0) } ?? graph.constant(1)
      let scale = try inverse.map { try clip * $0 } ?? clip
      for ((parameter, tensor), gradient) in zip(trainable.filter({ isTrained($0.parameter) }), gradients) {
        let name = parameter.name, average = Self.averagePrefix + name
        let kept = optimizer.slots(of: parameter), slotNames = kept.map { Self.slotName($0.name, name) }
        let updated = try graph.within(name) {
          let old = OptimizedParameter(
            value: tensor, slots: try zip(slotNames, kept).map { try graph.state($0, .f32, $1.shape) },
            average: keepsAverages ? try graph.state(average, .f32, parameter.shape) : nil)
          let new = try parameter.constrained(old, hyperparameters) {
            try optimizer.update(
              parameter, $0, gradient: gradient, hyperparameters: hyperparameters, scale: scale)
          }
          return try isFinite.map { try new.where($0, else: old) } ?? new
        }
        try graph.update(Self.parameterPrefix + name, to: updated.value)
        for (slot, tensor) in zip(slotNames, updated.slots) { try graph.update(slot, to: tensor) }
        if let tensor = updated.average { try graph.update(average, to: tensor) }
      }
      for (parameter, tensor) in zip(parameters, tensors)
      where !parameter.isTrainable && isTrained(parameter) && keepsAverages {
        _ = try graph.state(Self.averagePrefix + parameter.name, .f32, parameter.shape)
        try graph.update(Self.averagePrefix + parameter.name, to: tensor)
      }
      return norm
    }
  }

  /// The state that holds an optimizer's slot for the parameter `name`.
  public static func slotName(_ slot: String, _ name: String) -> String { "optimizer.\(slot).\(name)" }
}

extension OptimizedParameter {
  /// What an update makes of it.
  ///
  /// - Parameter decay: how much of the average stays, f32 [].
  public init(_ old: OptimizedParameter, value: Tensor, slots: [Tensor], decay: Tensor) throws {
    self.init(
      value: value, slots: slots, average: try old.average.map { try decay * $0 + (1 - decay) * value })
  }

  /// This where `condition`, a bool scalar, holds, else `other`.
  fileprivate func `where`(_ condition: Tensor, else other: OptimizedParameter) throws -> OptimizedParameter {
    OptimizedParameter(
      value: try condition.select(value, other.value),
      slots: try zip(slots, other.slots).map { try condition.select($0, $1) },
      average: try zip(average, other.average).map { try condition.select($0, $1) })
  }
}

extension Parameter {
  /// What `update` makes of `old`, held to the constraint. The average then moves towards the constrained value: `update` sees none.
  ///
  /// - Parameter hyperparameters: the last is how much of the average stays.
  fileprivate func constrained(
    _ old: OptimizedParameter, _ hyperparameters: Tensor,
    _ update: (OptimizedParameter) throws -> OptimizedParameter
  ) throws -> OptimizedParameter {
    guard constraint != .none else { return try update(old) }
    let free = try update(OptimizedParameter(value: old.value, slots: old.slots, average: nil))
    return try OptimizedParameter(
      old, value: constraint(free.value), slots: free.slots,
      decay: hyperparameters.scalar(hyperparameters.shape.count - 1))
  }
}

/// Both, where there are both.
private func zip<A, B>(_ a: A?, _ b: B?) -> (A, B)? { a.flatMap { a in b.map { (a, $0) } } }

extension Tensor {
  /// Whether this norm, which is not negative, is neither infinite nor NaN. With one such element in a tensor, its norm is
  /// one too.
  public func isFiniteNorm() throws -> Tensor {
    try isLess(than: splat(Double(Float.greatestFiniteMagnitude)))
  }
}

/// √Σ‖g‖² over all tensors, a scalar.
///
/// Neighbours are squared and summed as one vector of up to 2²⁰ elements: a planner makes them right inside of it, and two
/// kernels serve many tensors.
public func globalNorm(_ tensors: [Tensor]) throws -> Tensor {
  var groups: [[Tensor]] = []
  var count = 0
  for tensor in tensors {
    if groups.isEmpty || count + tensor.shape.count > 1 << 20 {
      groups.append([])
      count = 0
    }
    groups[groups.count - 1].append(tensor)
    count += tensor.shape.count
  }
  let squares = try groups.map { group in
    // Whole cache lines first, so that those begin on lines.
    let isWhole = { (tensor: Tensor) in tensor.shape.count % 64 == 0 }
    let ordered = group.filter(isWhole) + group.filter { !isWhole($0) }
    let flat = try Tensor.concat(ordered.map { try $0.reshape([$0.shape.count]) }, axis: 0)
    return try flat.squared().reduceSum().reshape([1])
  }
  return try Tensor.concat(squares, axis: 0).reduceSum().reshape([]).sqrt()
}

/// min(1, limit/(norm + 1e-6)), as PyTorch clips.
private func clipScale(_ norm: Tensor, limit: Double) throws -> Tensor {
  let wanted = try limit / (norm + 1e-6)
  return try wanted.isLess(than: wanted.splat(1)).select(wanted, wanted.splat(1))
}
