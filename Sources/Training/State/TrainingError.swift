import SfumatoDiagnostics

/// What stops a training run or keeps it from starting.
public enum TrainingError: SfumatoError, Equatable {
  /// A number that must be finite is not.
  case diverged(quantity: String, value: Double, step: Int, checkpoint: String?)
  /// f16 overflows whatever the loss is multiplied by.
  case overflowing(scale: Double, steps: Int, step: Int, checkpoint: String?)
  /// What a generator makes has become the same image again and again.
  case collapsed(diversity: Double, best: Double, step: Int, checkpoint: String?)
  /// A model that the objective is not for.
  case mismatched(model: String, objective: String, suitable: [String])
  /// A checkpoint belongs to another run.
  case changed(what: String, found: String, expected: String, path: String)
  /// The folder holds a run already.
  case occupied(path: String)
  /// A choice that this model has no use for.
  case inapplicable(option: String, reason: String)
  /// The checkpoint lacks what a run needs.
  case notATrainingCheckpoint(path: String, problem: String)
  /// What a run keeps of its devices' choices cannot be used.
  case damagedTuning(path: String, problem: String)

  /// The device was lost a second time, with no checkpoint saved in between.
  case deviceLostAgain(problem: String, checkpoint: String?)

  public var exitCode: ExitCode {
    switch self {
    case .diverged, .overflowing, .collapsed: .divergence
    case .notATrainingCheckpoint, .damagedTuning: .badData
    case .deviceLostAgain: .device
    default: .usage
    }
  }

  public var description: String {
    switch self {
    case .diverged(let quantity, let value, let step, let checkpoint):
      "step \(step): the \(quantity) is \(value); nothing was saved of it"
        + (checkpoint.map { ", the last good checkpoint is \($0)" } ?? "")
        + "; try a lower optimizer.learning_rate or a longer optimizer.warmup_steps"
    case .overflowing(let scale, let steps, let step, let checkpoint):
      "step \(step): the gradients overflowed f16 in \(steps) steps in a row with the loss scale at its minimum of"
        + " \(Int(scale)); "
        + (checkpoint.map { "go on from \($0) by --resume with" } ?? "train with")
        + " --precision bf16 or f32, or try a lower optimizer.learning_rate"
    case .collapsed(let diversity, let best, let step, let checkpoint):
      "step \(step): the generator has collapsed: its images differ by \(diversity.rounded(to: 4)), once by "
        + "\(best.rounded(to: 4)); nothing was saved of it"
        + (checkpoint.map { ", the last good checkpoint is \($0)" } ?? "")
        + "; try a larger objective.options.gamma or a lower optimizer.learning_rate"
    case .mismatched(let model, let objective, let suitable):
      "model.kind \(model) and objective.kind \(objective) do not go together; for this model choose one of: "
        + suitable.joined(separator: ", ")
    case .changed(let what, let found, let expected, let path):
      "\(path): the checkpoint's \(what) is \(expected), but the recipe says \(found); resume with the run's own"
        + " recipe or train anew into another --out folder"
    case .occupied(let path):
      "\(path): there is a run here already; go on with it by --resume or choose another --out folder"
    case .inapplicable(let option, let reason): "\(option): \(reason)"
    case .notATrainingCheckpoint(let path, let problem): "\(path): \(problem)"
    case .deviceLostAgain(let problem, let checkpoint):
      "\(problem), for the second time without a checkpoint in between; "
        + (checkpoint.map { "the last good one is \($0); go on from it by --resume, " }
          ?? "nothing was saved; ")
        + "with a smaller training.batch, another driver or another --device"
    case .damagedTuning(let path, let problem):
      "\(path): \(problem); delete it to go on with new choices, which may round differently"
    }
  }
}

extension Double {
  /// This with `digits` digits behind the point.
  fileprivate func rounded(to digits: Int) -> Double {
    let scale = (0..<digits).reduce(1.0) { value, _ in value * 10 }
    return (self * scale).rounded() / scale
  }
}
