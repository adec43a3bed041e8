import SfumatoCheckpoint

/// Keeps what is broken from being taken for good: numbers that are not finite, steps that are all skipped, and what the task
/// watches.
struct HealthCheck {
  let step: TrainingStep
  let watches: [any TrainingWatch]
  /// Skipped steps in a row at the lowest loss scale at which a run ends.
  let patience: Int

  /// The metrics of step `number`, the last one, which must be finite unless the step was skipped.
  ///
  /// - Throws: `TrainingError.diverged`, `.overflowing`.
  func metrics(_ number: Int, checkpoint: String?) throws -> StepMetrics {
    let metrics = try step.metrics()
    try refuseStall(number, checkpoint: checkpoint)
    if metrics.isSkipped { return metrics }
    for metric in metrics.values where !metric.value.isFinite {
      throw TrainingError.diverged(
        quantity: metric.name.replacing("_", with: " "), value: metric.value, step: number,
        checkpoint: checkpoint)
    }
    return metrics
  }

  /// Ends a run that skips step after step, as far as the host knows.
  ///
  /// - Throws: `TrainingError.overflowing`.
  func refuseStall(_ number: Int, checkpoint: String?) throws {
    guard let status = step.lossScale, status.stalledSteps >= patience else { return }
    throw TrainingError.overflowing(
      scale: status.scale, steps: status.stalledSteps, step: number, checkpoint: checkpoint)
  }

  /// What watches find after step `number`, the last one.
  ///
  /// - Throws: where one of them finds that the run is lost.
  func watched(_ number: Int, checkpoint: String?) throws -> [StepMetrics.Value] {
    try watches.flatMap { try $0.look(step: number, checkpoint: checkpoint) }
  }

  /// Refuses a checkpoint that holds a number that is not finite.
  ///
  /// - Throws: `TrainingError.diverged`.
  func refuse(_ made: Checkpoint, checkpoint: String?) throws {
    guard let name = made.firstNonFinite else { return }
    throw TrainingError.diverged(
      quantity: "tensor \(name)", value: .nan, step: made.step, checkpoint: checkpoint)
  }
}

extension Checkpoint {
  /// The first tensor with an element that is NaN or infinite.
  fileprivate var firstNonFinite: String? {
    for (part, file) in parts.sorted(by: { $0.key < $1.key }) {
      for tensor in file.tensors {
        let isFinite = tensor.bytes.withUnsafeBytes { $0.bindMemory(to: Float.self).allSatisfy(\.isFinite) }
        if !isFinite { return "\(part).\(tensor.name)" }
      }
    }
    return nil
  }
}
