import SfumatoBackend
import SfumatoDatasets
import SfumatoGraph

/// Runs a training step's programs, compiled, over its state.
final class TrainingStep {
  private let components: Components
  private let accumulate: (any Step)?
  private let update: any Step
  /// What people should know about how the programs run.
  var notes: [String] { (accumulate?.notes ?? []) + update.notes }

  init(_ plan: TrainingPlan, state: TrainingState, device: any Device) throws {
    components = plan.components
    let steps = try plan.planned.map { try device.makeStep($0, state: state.store) }
    accumulate = steps.count == 2 ? steps[0] : nil
    update = steps[steps.count - 1]
  }

  /// Hands step number `step`, counted from 1, to the device.
  func run(step: Int, _ batch: Batch) throws {
    let recipe = components.recipe
    let micro =
      accumulate == nil ? recipe.training.batch : recipe.training.microBatch ?? recipe.training.batch
    let hyperparameters = components.optimizer.hyperparameters(
      step: step, learningRate: components.schedule(step: step),
      averageDecay: components.averageSchedule(step: step))
    let last = [
      TrainingPrograms.Name.hyperparameters: HostTensor(hyperparameters, [hyperparameters.count])
    ]
    guard let accumulate else {
      return try update.run(inputs(step, batch, rows: 0..<micro).merging(last) { first, _ in first })
    }
    for first in stride(from: 0, to: recipe.training.batch, by: micro) {
      var given = inputs(step, batch, rows: first..<first + micro)
      given[TrainingPrograms.Name.isFirst] = HostTensor([UInt32(first == 0 ? 1 : 0)], [])
      try accumulate.run(given)
    }
    try update.run(last)
  }

  private func inputs(_ step: Int, _ batch: Batch, rows: Range<Int>) -> [String: HostTensor] {
    let data = components.recipe.data
    let size = data.resolution * data.resolution * data.channels
    let images = Array(batch.images[rows.lowerBound * size..<rows.upperBound * size])
    var inputs = [
      TrainingPrograms.Name.images: HostTensor(
        images, [rows.count, data.resolution, data.resolution, data.channels]),
      TrainingPrograms.Name.key: stepKey(
        seed: UInt64(components.recipe.training.seed), step: step, firstRow: rows.lowerBound),
    ]
    if components.nullLabel != nil {
      inputs[TrainingPrograms.Name.labels] = HostTensor(Array(batch.labels[rows]), [rows.count])
    }
    return inputs
  }

  /// Waits for the last step and reads its loss and the norm of its gradient.
  func metrics() throws -> (loss: Double, gradientNorm: Double) {
    let outputs = try update.outputs()
    func number(_ name: String) -> Double { outputs[name]?.doubles.first ?? .nan }
    return (number(TrainingPrograms.Name.loss), number(TrainingPrograms.Name.gradientNorm))
  }
}
