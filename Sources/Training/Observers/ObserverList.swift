import SfumatoBackend

/// The observers of a run. What one of them does wrong costs no step: the others are told.
final class ObserverList {
  private let all: [any TrainingObserver]
  private var told: Set<String> = []

  init(_ all: [any TrainingObserver]) { self.all = all }

  func tell(_ event: TrainingEvent) {
    for problem in all.compactMap({ observer in problem(of: observer) { try observer.observe(event) } }) {
      note(problem)
    }
  }

  /// Says each note once.
  func note(_ text: String) {
    guard told.insert(text).inserted else { return }
    // Who cannot be told cannot be told that either.
    for observer in all { try? observer.observe(.note(text)) }
  }

  /// Calls the observers whose turn it is.
  ///
  /// - Throws: where the device was lost, which is the run's business.
  func step(_ number: Int, isLast: Bool, _ run: ObservedRun) throws {
    for observer in all where number.isDue(every: observer.period) || (isLast && observer.period > 0) {
      do {
        try observer.observe(step: number, of: run)
      } catch let error as any DeviceLossError where error.lossProblem != nil {
        throw error
      } catch {
        note("\(observer.name) failed behind step \(number): \(error); the run goes on")
      }
    }
  }

  private func problem(of observer: any TrainingObserver, _ work: () throws -> Void) -> String? {
    do {
      try work()
      return nil
    } catch {
      return "\(observer.name) failed: \(error); the run goes on"
    }
  }
}
