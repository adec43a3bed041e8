import SfumatoBackend

extension VulkanBackend: AdjustableBackend {
  /// How products and convolutions are computed where there are several algorithms.
  public enum ConvolutionMethod: String, CaseIterable, Sendable {
    /// As is fastest on the device.
    case measured
    /// By a cost model, the same on every device of a kind.
    case cheapest
    /// As matrix products.
    case direct
    /// By Winograd's tiles wherever these are possible.
    case winograd
  }

  public var convolutionMethods: [String] {
    [ConvolutionMethod.direct, .winograd].map(\.rawValue)
  }

  public var convolutionChoices: [String] {
    [ConvolutionMethod.measured, .cheapest].map(\.rawValue)
  }

  public func adjusted(threads: Int?, convolution: String?) throws -> any Backend {
    guard threads == nil else {
      throw BackendError.unsupported(
        backend: name, operation: "--threads", problem: "a device has no threads to set; leave out --threads")
    }
    guard let convolution else { return self }
    guard let method = ConvolutionMethod(rawValue: convolution) else {
      throw BackendError.unsupported(
        backend: name, operation: "convolution",
        problem:
          "there is no convolution algorithm \"\(convolution)\"; there are "
          + (convolutionMethods + convolutionChoices).joined(separator: ", "))
    }
    var backend = self
    backend.convolution = method
    return backend
  }
}
