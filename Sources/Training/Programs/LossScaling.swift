import SfumatoConfiguration
import SfumatoGraph
import SfumatoOptimizers

/// Dynamic loss scaling in a traced step (Micikevicius et al., "Mixed precision training", 2018, section 3.2).
///
/// Gradients are those of loss · scale, so that what is below the range of f16 does not round to zero. Where they overflow
/// instead, the step is skipped and the scale halved; after `growthInterval` good steps it doubles. All of this is state of
/// the program: no step waits for the host.
struct LossScaling {
  /// The rows of the hyperparameters' table: how many steps may be handed to the device without a look at what it skipped.
  static let window = 64

  private let options: LossScaleRecipe
  private let graph: GraphBuilder
  /// What the loss is multiplied by in this step, f32 [].
  let scale: Tensor
  /// Counters as before this step, i32 []; see `LossScaleStatus`.
  private let goodSteps, skippedSteps, stalledSteps: Tensor

  init(_ options: LossScaleRecipe, in graph: GraphBuilder) throws {
    self.options = options
    self.graph = graph
    scale = try graph.state(LossScaleStatus.Name.scale, .f32, [])
    goodSteps = try graph.state(LossScaleStatus.Name.goodSteps, .i32, [])
    skippedSteps = try graph.state(LossScaleStatus.Name.skippedSteps, .i32, [])
    stalledSteps = try graph.state(LossScaleStatus.Name.stalledSteps, .i32, [])
  }

  /// The optimizer's hyperparameters of this step, f32 [count], which depend on how many steps were skipped before it.
  ///
  /// The device knows that number, the host an earlier one: row i of its input `hyperparameters` [window, count] is for
  /// `known_skips` + i.
  func hyperparameters(count: Int) throws -> Tensor {
    let table = try graph.input(TrainingPrograms.Name.hyperparameters, .f32, [Self.window, count])
    let known = try graph.input(TrainingPrograms.Name.knownSkips, .i32, [])
    return try table.gather((skippedSteps - known).reshape([1])).reshape([count])
  }

  /// Appends what becomes of the scale and its counters, which are outputs as well.
  ///
  /// - Parameter gradientNorm: f32 []; where it is not finite, the step was skipped.
  func update(gradientNorm: Tensor) throws {
    try graph.within("loss_scale") {
      let isGood = try gradientNorm.isFiniteNorm()
      let good = try goodSteps + 1, none = try goodSteps.splat(0)
      let isWaiting = try good.isLess(than: good.splat(Double(options.growthInterval)))
      let doubled = try scale * 2, highest = try scale.splat(Double(options.maximum))
      let grown = try doubled.isLess(than: highest).select(doubled, highest)
      let lowest = try scale.splat(Double(options.minimum))
      let changes: [(String, Tensor)] = [
        (
          LossScaleStatus.Name.scale,
          try isGood.select(isWaiting.select(scale, grown), (scale * 0.5).max(lowest))
        ),
        (LossScaleStatus.Name.goodSteps, try isGood.select(isWaiting.select(good, none), none)),
        (LossScaleStatus.Name.skippedSteps, try isGood.select(skippedSteps, skippedSteps + 1)),
        (
          LossScaleStatus.Name.stalledSteps,
          try isGood.select(none, lowest.isLess(than: scale).select(none, stalledSteps + 1))
        ),
      ]
      for (name, value) in changes {
        try graph.update(name, to: value)
        try graph.output(name, value)
      }
    }
  }
}
