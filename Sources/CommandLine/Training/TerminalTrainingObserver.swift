import Foundation
import Sfumato

/// Shows a training run on standard error.
final class TerminalTrainingObserver: TrainingObserver {
  private let style: TerminalStyle
  private let isQuiet: Bool
  private var display: ProgressDisplay?

  init(style: TerminalStyle, isQuiet: Bool) {
    self.style = style
    self.isQuiet = isQuiet
  }

  func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let run): start(run)
    case .stepped(let step): display?.update(step)
    case .logged(let step):
      display?.update(step.step, postfix: Self.postfix(step))
    case .sampleWritten(let step, let path): note("step \(step): samples in \(path)")
    case .checkpointSaved(let step, let path): note("step \(step): checkpoint in \(path)")
    case .rewound(let step): display?.update(step)
    case .note(let text): note("note: " + text)
    case .finished(let step, let interrupted):
      display?.finish(step)
      if interrupted {
        let remedy = step > 0 ? "go on with --resume" : "nothing was saved yet"
        Terminal.standardError("interrupted at step \(step); \(remedy)\n")
      }
    }
  }

  private static func postfix(_ step: LoggedStep) -> String {
    let losses = step.metrics.values.filter { $0.name.hasSuffix("loss") }.map {
      $0.name.replacing("_", with: " ") + String(format: " %.4f", $0.value)
    }
    let usual = losses.joined(separator: ", ") + String(format: ", %.1f images/s", step.imagesPerSecond)
    guard let scaling = step.metrics.lossScale else { return usual }
    return usual + String(format: ", scale %.0f, %d skipped", scaling.scale, scaling.skippedSteps)
  }

  private func start(_ run: RunDescription) {
    guard !isQuiet else { return }
    Terminal.standardError(
      "\(run.name): \(InspectedModel.grouped(run.parameterCount)) parameters, "
        + "\(InspectedModel.grouped(run.imageCount)) images, batch \(run.batch), \(mebibytes(run.memory)) planned"
        + (run.workspace > 0 ? ", \(mebibytes(run.workspace)) of workspace\n" : "\n")
        + "device: \(run.device)\n")
    let bar = ProgressBar(title: "train", total: run.lastStep, first: run.firstStep, unit: "step")
    display = ProgressDisplay(bar, style: style)
  }

  private func note(_ text: String) {
    if !isQuiet { display?.note(text) ?? Terminal.standardError(text + "\n") }
  }
}
