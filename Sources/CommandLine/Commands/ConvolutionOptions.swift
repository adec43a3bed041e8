import ArgumentParser
import Sfumato

/// A flag that says how convolutions are computed.
struct ConvolutionOptions: ParsableArguments {
  @Option(
    name: .customLong("convolution"),
    help: ArgumentHelp(
      """
      How fftw and vulkan compute convolutions: measured, each layer as is fastest here, which is remembered; cheapest, by a \
      cost model, the same on every machine; or wherever possible by winograd, on fftw by tiles or fourier, on vulkan \
      direct. (default: measured)
      """, valueName: "algorithm"))
  var way: String?
}
