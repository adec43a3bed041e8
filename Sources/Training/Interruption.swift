import Synchronization

/// A wish to stop, set from anywhere, a signal handler included, and looked at between steps.
public final class Interruption: Sendable {
  private let requested = Atomic<Bool>(false)

  public init() {}

  /// Whether work should stop at the next good moment.
  public var isRequested: Bool { requested.load(ordering: .acquiring) }

  /// Asks for a stop. One atomic store, so safe in a signal handler.
  public func request() { requested.store(true, ordering: .releasing) }
}
