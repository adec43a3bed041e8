import Sfumato

extension DeviceChoice {
  /// This device with so many threads, and with a way of computing convolutions; as it is where both are nil.
  ///
  /// - Throws: `BackendError.unsupported` for a backend that cannot be told.
  func adjusted(threads: Int?, convolution: String?) throws -> DeviceChoice {
    guard threads != nil || convolution != nil else { return self }
    guard let adjustable = backend as? any AdjustableBackend else {
      let flag = threads == nil ? "--convolution" : "--threads"
      throw BackendError.unsupported(
        backend: backend.name, operation: flag, problem: "it cannot be told; leave out \(flag)")
    }
    var choice = self
    choice.backend = try adjustable.adjusted(threads: threads, convolution: convolution)
    choice.device = try choice.backend.devices().first { $0.index == device.index } ?? device
    return choice
  }
}
