import SfumatoBackend

extension FFTWBackend: AdjustableBackend {
  public var convolutionMethods: [String] {
    ConvolutionMethod.allCases.map(\.rawValue).filter { !convolutionChoices.contains($0) }
  }

  public var convolutionChoices: [String] {
    [ConvolutionMethod.measured, .cheapest].map(\.rawValue)
  }

  public func adjusted(threads: Int?, convolution: String?) throws -> any Backend {
    var options = options
    if let threads { options.threads = threads }
    if let convolution {
      guard let method = ConvolutionMethod(rawValue: convolution) else {
        throw BackendError.unsupported(
          backend: name, operation: "convolution",
          problem:
            "there is no convolution algorithm \"\(convolution)\"; there are "
            + (convolutionMethods + convolutionChoices).joined(separator: ", "))
      }
      options.convolution = method
    }
    return FFTWBackend(options: options)
  }
}
