import Foundation
import Synchronization

/// A batch that is being made on another thread.
final class PendingBatch: Sendable {
  private enum State {
    case waiting, running, cancelled
    case done(Result<Batch, any Error>)
  }

  private let state = Mutex(State.waiting)
  private let finished = DispatchGroup()

  init() { finished.enter() }

  /// Makes the batch, unless it was cancelled. `make` answers nil when nobody is left to want it.
  func run(_ make: () throws -> Batch?) {
    let begun = state.withLock { state in
      guard case .waiting = state else { return false }
      state = .running
      return true
    }
    guard begun else { return }
    let result = Result { try make() }
    state.withLock { state in
      switch result {
      case .success(let batch?): state = .done(.success(batch))
      case .success(nil): state = .cancelled
      case .failure(let error): state = .done(.failure(error))
      }
    }
    finished.leave()
  }

  /// Cancels the batch if nobody has begun with it; whether that was so.
  @discardableResult
  func cancelIfWaiting() -> Bool {
    let cancelled = state.withLock { state in
      guard case .waiting = state else { return false }
      state = .cancelled
      return true
    }
    if cancelled { finished.leave() }
    return cancelled
  }

  /// Waits for the batch. Throws what making it threw, or `CancellationError`.
  func value() throws -> Batch {
    finished.wait()
    return try state.withLock { state in
      guard case .done(let result) = state else { throw CancellationError() }
      return try result.get()
    }
  }
}
