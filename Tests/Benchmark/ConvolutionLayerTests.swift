import SfumatoBenchmark
import Testing

@Suite struct ConvolutionLayerTests {
  @Test func layersAreRead() throws {
    #expect(
      try ConvolutionLayer(parsing: "64@32") == ConvolutionLayer(inChannels: 64, outChannels: 64, size: 32))
    let layer = try ConvolutionLayer(parsing: "64-128@16k4s2")
    #expect(layer == ConvolutionLayer(inChannels: 64, outChannels: 128, size: 16, kernel: 4, stride: 2))
    #expect(layer.geometry.outputHeight == 8 && layer.geometry.weightShape == [128, 4, 4, 64])
    for text in ["64@32", "64-128@16", "64-128@16k1", "128@32k3s2", "3-5@7k4"] {
      #expect(try ConvolutionLayer(parsing: text).description == text)
    }
    // The size is kept.
    for text in ["4@9", "4@9k2", "4@9k5"] {
      let g = try ConvolutionLayer(parsing: text).geometry
      #expect(g.outputHeight == 9 && g.outputWidth == 9)
    }
  }

  @Test(arguments: [
    ("64", "one @"), ("64@@32", "one @"), ("@32", "\"\" is no number of channels"),
    ("6x4@32", "\"6x4\" is no number"), ("1-2-3@8", "no number of channels"), ("64@", "begin with a size"),
    ("64@32x3", "\"x\" is neither k nor s"), ("64@32k", "no number behind \"k\""),
    ("0@32", "0 is not from 1"),
    ("64@32s0", "0 is not from 1"), ("", "one @"), ("64@99999999999999999999", "begin with a size"),
  ])
  func whatIsNoLayerIsRefused(text: String, problem: String) {
    #expect {
      try ConvolutionLayer(parsing: text)
    } throws: {
      "\($0)".hasPrefix("layer \"\(text)\": ") && "\($0)".contains(problem) && !"\($0)".contains("\n")
    }
  }
}
