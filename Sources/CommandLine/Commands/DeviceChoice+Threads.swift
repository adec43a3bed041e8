import Sfumato

extension DeviceChoice {
  /// This device with so many threads; as it is where nil.
  ///
  /// - Throws: `BackendError.unsupported` for a backend that cannot be told.
  func withThreads(_ threads: Int?) throws -> DeviceChoice {
    guard let threads else { return self }
    guard let adjustable = backend as? any AdjustableBackend else {
      throw BackendError.unsupported(
        backend: backend.name, operation: "--threads",
        problem: "it cannot be told how many threads to use; leave out --threads")
    }
    var choice = self
    choice.backend = try adjustable.adjusted(threads: threads, convolution: nil)
    choice.device = try choice.backend.devices().first { $0.index == device.index } ?? device
    return choice
  }
}
