/// What a convolution and its two gradients share: everything but the number of images.
///
/// x is (N, inputHeight, inputWidth, inChannels), w is (outChannels, kernelHeight, kernelWidth,
/// inChannels / groups), y is (N, outputHeight, outputWidth, outChannels):
///
///     y[n, p, q, o] = Σ_{r, s, c} x[n, p·strideH + r − padTop, q·strideW + s − padLeft, g·C/G + c] · w[o, r, s, c]
///
/// with g the group of o, and x zero outside its bounds.
public struct ConvGeometry: Hashable, Sendable, CustomStringConvertible {
  public var inputHeight: Int
  public var inputWidth: Int
  public var inChannels: Int
  public var outChannels: Int
  public var kernelHeight: Int
  public var kernelWidth: Int
  public var strideH: Int
  public var strideW: Int
  public var padTop: Int
  public var padLeft: Int
  public var padBottom: Int
  public var padRight: Int
  public var groups: Int

  public init(
    inputHeight: Int, inputWidth: Int, inChannels: Int, outChannels: Int, kernelHeight: Int, kernelWidth: Int,
    strideH: Int = 1, strideW: Int = 1, padTop: Int = 0, padLeft: Int = 0, padBottom: Int = 0,
    padRight: Int = 0,
    groups: Int = 1
  ) {
    self.inputHeight = inputHeight
    self.inputWidth = inputWidth
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.kernelHeight = kernelHeight
    self.kernelWidth = kernelWidth
    self.strideH = strideH
    self.strideW = strideW
    self.padTop = padTop
    self.padLeft = padLeft
    self.padBottom = padBottom
    self.padRight = padRight
    self.groups = groups
  }

  public var outputHeight: Int { (inputHeight + padTop + padBottom - kernelHeight) / strideH + 1 }
  public var outputWidth: Int { (inputWidth + padLeft + padRight - kernelWidth) / strideW + 1 }

  public func inputShape(batch: Int) -> Shape { [batch, inputHeight, inputWidth, inChannels] }
  public func outputShape(batch: Int) -> Shape { [batch, outputHeight, outputWidth, outChannels] }
  public var weightShape: Shape { [outChannels, kernelHeight, kernelWidth, inChannels / groups] }

  /// Multiply-adds of one pass over `batch` images; a floating-point operation count is twice this.
  public func multiplyAdds(batch: Int) -> Int {
    outputShape(batch: batch).count * kernelHeight * kernelWidth * inChannels / groups
  }

  /// What is wrong with this geometry, or nil if nothing is.
  public var problem: String? {
    if min(
      inputHeight, inputWidth, inChannels, outChannels, kernelHeight, kernelWidth, strideH, strideW, groups)
      < 1
    {
      return "extents, strides and groups must be at least 1"
    }
    if min(padTop, padLeft, padBottom, padRight) < 0 { return "padding must not be negative" }
    if inChannels % groups != 0 || outChannels % groups != 0 {
      return "\(inChannels) input and \(outChannels) output channels do not divide into \(groups) groups"
    }
    if inputHeight + padTop + padBottom < kernelHeight || inputWidth + padLeft + padRight < kernelWidth {
      return "the kernel \(kernelHeight)×\(kernelWidth) is larger than the padded input"
    }
    return nil
  }

  public var description: String {
    "\(inputHeight)×\(inputWidth)×\(inChannels)→\(outChannels) k\(kernelHeight)×\(kernelWidth) s\(strideH)×\(strideW)"
      + " p\(padTop),\(padLeft),\(padBottom),\(padRight) g\(groups)"
  }
}
