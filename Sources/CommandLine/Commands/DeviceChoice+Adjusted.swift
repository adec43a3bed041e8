import Sfumato

extension DeviceChoice {
  /// This device with so many threads, one a core where nil, and an algorithm for convolutions, where nil the fastest way of
  /// choosing. A device that cannot be told stays as it is where both are nil, but remembers what it can.
  ///
  /// - Throws: `BackendError.unsupported` for a backend that cannot be told.
  func adjusted(threads: Int?, convolution: String?) throws -> DeviceChoice {
    guard let adjustable = caching.backend as? any AdjustableBackend else {
      if threads == nil, convolution == nil { return caching }
      let flag = threads == nil ? "--convolution" : "--threads"
      throw BackendError.unsupported(
        backend: backend.name, operation: flag, problem: "it cannot be told; leave out \(flag)")
    }
    var choice = self
    choice.backend = try adjustable.adjusted(
      threads: threads, convolution: convolution ?? adjustable.convolutionChoices.first)
    choice.device = try choice.backend.devices().first { $0.index == device.index } ?? device
    return choice
  }

  /// This device, saying what its compiler makes of kernels where it can.
  func reporting() -> DeviceChoice {
    guard let backend = backend as? any ReportingBackend else { return self }
    var choice = self
    choice.backend = backend.reporting()
    return choice
  }

  private var caching: DeviceChoice {
    guard let backend = backend as? any CachingBackend else { return self }
    var choice = self
    choice.backend = backend.caching(in: CacheFolder.user())
    return choice
  }
}
