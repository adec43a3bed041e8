/// Writes the log.
final class LogObserver: TrainingObserver {
  let name = "the log"
  private let log: RunLog

  init(_ log: RunLog) { self.log = log }

  func observe(_ event: TrainingEvent) throws {
    if case .logged(let step) = event { try log.append(step.json) }
  }
}
