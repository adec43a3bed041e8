import SfumatoDiagnostics

/// What can be wrong with what is to be timed.
public enum BenchmarkError: SfumatoError, Equatable {
  /// A convolution layer that does not say what it is.
  case badLayer(text: String, problem: String)
  /// A matrix product that does not say how large it is.
  case badProduct(text: String)
  /// No operation that is timed is called so.
  case unknownOperation(name: String, known: [String])

  public var exitCode: ExitCode { .usage }

  public var description: String {
    switch self {
    case .badLayer(let text, let problem):
      "layer \"\(text)\": \(problem); a layer is IN-OUT@SIZE or CHANNELS@SIZE, with kK for K×K taps and sS for a "
        + "stride behind it, such as 64@32 or 64-128@16k1 or 128@32k3s2"
    case .badProduct(let text):
      "product \"\(text)\": three sizes from 1 to 65536 are needed, ROWSxINNERxCOLUMNS, such as 1024x256x64"
    case .unknownOperation(let name, let known):
      "no operation \"\(name)\" is timed; there are \(known.joined(separator: ", "))"
    }
  }
}
