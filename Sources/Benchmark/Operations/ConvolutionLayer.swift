import SfumatoGraph

/// A square convolution layer with padding that keeps the size, but for its stride.
public struct ConvolutionLayer: Hashable, Sendable, CustomStringConvertible {
  public var inChannels: Int
  public var outChannels: Int
  /// Height and width of its images.
  public var size: Int
  /// Taps in either direction.
  public var kernel = 3
  public var stride = 1

  public init(inChannels: Int, outChannels: Int, size: Int, kernel: Int = 3, stride: Int = 1) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.size = size
    self.kernel = kernel
    self.stride = stride
  }

  /// 64, 128 and 256 channels at 32×32, 16×16 and 8×8.
  public static let usual = [64, 128, 256].flatMap { channels in
    [32, 16, 8].map { ConvolutionLayer(inChannels: channels, outChannels: channels, size: $0) }
  }

  /// Reads `64@32`, `64-128@16k1`, `128@32k3s2`.
  ///
  /// - Throws: `BenchmarkError.badLayer`.
  public init(parsing text: String) throws(BenchmarkError) {
    func bad(_ problem: String) -> BenchmarkError { .badLayer(text: text, problem: problem) }
    let halves = text.split(separator: "@", omittingEmptySubsequences: false)
    guard halves.count == 2 else { throw bad("there must be one @ in it") }
    let channels = halves[0].split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = channels[0], channels.count <= 2, let last = channels[channels.count - 1] else {
      throw bad("\"\(halves[0])\" is no number of channels")
    }
    var rest = halves[1][...]
    func number() -> Int? {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      rest = rest.dropFirst(digits.count)
      return Int(digits)
    }
    guard let size = number() else { throw bad("\"\(halves[1])\" does not begin with a size") }
    self.init(inChannels: first, outChannels: last, size: size)
    while let letter = rest.popFirst() {
      guard let value = number() else { throw bad("there is no number behind \"\(letter)\"") }
      switch letter {
      case "k": kernel = value
      case "s": stride = value
      default: throw bad("\"\(letter)\" is neither k nor s")
      }
    }
    let sizes = 1...65_536
    for value in [inChannels, outChannels, size, kernel, stride] where !sizes.contains(value) {
      throw bad("\(value) is not from 1 to \(sizes.upperBound)")
    }
    if let problem = geometry.problem { throw bad(problem) }
  }

  public var geometry: ConvGeometry {
    // Even kernels have the odd zero at the end.
    let before = (kernel - 1) / 2, after = kernel - 1 - before
    return ConvGeometry(
      inputHeight: size, inputWidth: size, inChannels: inChannels, outChannels: outChannels,
      kernelHeight: kernel, kernelWidth: kernel, strideH: stride, strideW: stride, padTop: before,
      padLeft: before, padBottom: after, padRight: after)
  }

  public var description: String {
    let channels = inChannels == outChannels ? "\(inChannels)" : "\(inChannels)-\(outChannels)"
    return "\(channels)@\(size)" + (kernel == 3 && stride == 1 ? "" : "k\(kernel)")
      + (stride == 1 ? "" : "s\(stride)")
  }
}

/// The three passes of a layer.
public enum ConvolutionPass: String, CaseIterable, Sendable {
  case forward, gradInput, gradWeight

  func op(_ geometry: ConvGeometry) -> Op {
    switch self {
    case .forward: .conv(geometry)
    case .gradInput: .convGradInput(geometry)
    case .gradWeight: .convGradWeight(geometry)
    }
  }

  /// The shapes of the operands.
  func operands(_ geometry: ConvGeometry, batch: Int) -> [Shape] {
    let x = geometry.inputShape(batch: batch), y = geometry.outputShape(batch: batch)
    switch self {
    case .forward: return [x, geometry.weightShape]
    case .gradInput: return [y, geometry.weightShape]
    case .gradWeight: return [x, y]
    }
  }
}
