import ArgumentParser
import Sfumato

/// A flag that says how convolutions are computed.
struct ConvolutionOptions: ParsableArguments {
  @Option(
    name: .customLong("convolution"),
    help: ArgumentHelp(
      """
      How fftw computes convolutions: measured, each layer as is fastest here, which is remembered; cheapest, by a cost \
      model, the same on every machine; or wherever possible by tiles, winograd or fourier. (default: measured)
      """, valueName: "way"))
  var way: String?
}
