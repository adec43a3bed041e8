import Foundation
import Sfumato

/// What the process does when it is asked to stop.
enum Signals {
  /// Set by the first Ctrl-C.
  static let interruption = Interruption()

  /// From here on, the first Ctrl-C (or SIGTERM) sets `interruption`, and the second ends the process at once.
  static func watchForInterruption() {
    // The value is made before a signal can come: making it is no business of a signal handler.
    _ = interruption
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in Signals.interruption.request() }
    // The default comes back with the first signal.
    action.sa_flags = Int32(bitPattern: UInt32(SA_RESETHAND) | UInt32(SA_RESTART))
    sigaction(SIGINT, &action, nil)
    sigaction(SIGTERM, &action, nil)
    // Whoever started this process may have had them blocked.
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGTERM)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
  }
}
