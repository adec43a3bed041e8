import SfumatoGraph
import SfumatoRandom

/// Layers with parameters. Their names and initial values are PyTorch's.
///
/// A layer computes in the type of its input, to which it casts its parameters; the gradients of these are cast back.
extension Scope {
  /// Convolution of `x` (N, H, W, C) → (N, H′, W′, channels), with parameters `weight` and `bias`.
  ///
  /// - Parameters:
  ///   - padding: rows and columns of zeros (top, left, bottom, right); nil keeps the size at stride 1.
  ///   - groups: of channels, each of which sees its own only.
  ///   - weight: how the kernel's first values are drawn; as PyTorch does when nil.
  public func conv2d(
    _ x: Tensor, channels: Int, kernel: Int = 3, stride: Int = 1, padding: (Int, Int, Int, Int)? = nil,
    groups: Int = 1, weight initializer: Initializer? = nil, bias: Bool = true
  ) throws -> Tensor {
    try traced {
      guard x.shape.rank == 4 else { throw problem("conv2d", "expected images of rank 4, found \(x.type)") }
      let depth = x.shape[3] / max(groups, 1), fanIn = depth * kernel * kernel, edge = kernel / 2
      let weight = try parameter(
        "weight", [channels, kernel, kernel, depth], initializer ?? .fanIn(fanIn), layout: .kernel
      ).cast(x.dtype)
      let y = try x.conv(
        weight, stride: stride, padding: padding ?? (edge, edge, edge, edge), groups: groups)
      return bias ? try y + parameter("bias", [channels], .fanIn(fanIn)).cast(x.dtype) : y
    }
  }

  /// Transposed convolution of `x` (N, H, W, C) → (N, stride·H, stride·W, channels), with parameters `weight`
  /// (C, kernel, kernel, channels) and `bias`: the gradient of a strided convolution by its input.
  ///
  /// - Parameter kernel: of the parity of `stride`, and at least as large.
  public func convTransposed2d(
    _ x: Tensor, channels: Int, kernel: Int = 4, stride: Int = 2, weight initializer: Initializer? = nil,
    bias: Bool = true
  ) throws -> Tensor {
    try traced {
      guard x.shape.rank == 4, stride > 0, kernel >= stride, (kernel - stride) % 2 == 0 else {
        throw problem(
          "convTransposed2d",
          "expected images of rank 4 and a kernel that exceeds the stride by an even number, found \(x.type), \(kernel) and \(stride)"
        )
      }
      let edge = (kernel - stride) / 2, fanIn = channels * kernel * kernel
      let geometry = ConvGeometry(
        inputHeight: x.shape[1] * stride, inputWidth: x.shape[2] * stride, inChannels: channels,
        outChannels: x.shape[3], kernelHeight: kernel, kernelWidth: kernel, strideH: stride, strideW: stride,
        padTop: edge, padLeft: edge, padBottom: edge, padRight: edge)
      let weight = try parameter(
        "weight", geometry.weightShape, initializer ?? .fanIn(fanIn), layout: .kernel
      ).cast(x.dtype)
      let y = try x.graph.apply(.convGradInput(geometry), x, weight)
      return bias ? try y + parameter("bias", [channels], .fanIn(fanIn)).cast(x.dtype) : y
    }
  }

  /// `x` (…, in) → (…, out): x·Wᵀ + b, with parameters `weight` [out, in] and `bias` [out].
  ///
  /// - Parameter weight: how the matrix's first values are drawn; as PyTorch does when nil.
  public func linear(_ x: Tensor, _ out: Int, weight initializer: Initializer? = nil, bias: Bool = true)
    throws
    -> Tensor
  {
    try traced {
      guard let size = x.shape.dimensions.last else {
        throw problem("linear", "expected a tensor with features along its last axis, found a scalar")
      }
      let weight = try parameter("weight", [out, size], initializer ?? .fanIn(size)).cast(x.dtype)
      let rows = try x.reshape([x.shape.count / max(size, 1), size])
      var y = try rows.matmul(weight, transposeB: true)
      if bias { y = try y + parameter("bias", [out], .fanIn(size)).cast(x.dtype) }
      return try y.reshape(Shape(x.shape.dimensions.dropLast() + [out]))
    }
  }

  /// Rows of `weight` [count, size] at `indices` i32 [N] → [N, size].
  public func embedding(_ indices: Tensor, count: Int, size: Int) throws -> Tensor {
    try traced { try parameter("weight", [count, size], .normal(deviation: 1)).gather(indices) }
  }

  /// Group normalisation of `x` (N, …, C) with parameters `weight` and `bias` [C], which stay as they are; see
  /// `Tensor.groupNorm`.
  public func groupNorm(
    _ x: Tensor, groups: Int, eps: Double = 1e-5, activation: NormActivation = .none
  ) throws -> Tensor {
    try traced {
      guard let channels = x.shape.dimensions.last, x.shape.rank >= 2 else {
        throw problem("groupNorm", "expected a tensor (N, …, C), found \(x.type)")
      }
      return try x.groupNorm(
        scale: parameter("weight", [channels], .ones), bias: parameter("bias", [channels], .zeros),
        groups: groups, eps: eps, activation: activation)
    }
  }

  /// Zeroes each element with probability `rate` and scales the others by 1/(1 − rate), while training.
  ///
  /// Draws are keyed by the step's key and this layer's number.
  public func dropout(_ x: Tensor, rate: Double) throws -> Tensor {
    guard let randomKey, rate > 0 else { return x }
    return try traced {
      guard rate < 1 else { throw problem("dropout", "the rate must be below 1, found \(rate)") }
      let purpose = Purpose(
        rawValue: Purpose.dropout.rawValue + UInt32(parameters.nextRandomLayer()))
      let drawn = try randomKey.uniform(purpose, x.shape)
      let kept = try drawn.isLess(than: drawn.splat(1 - rate))
      return try kept.select(x * (1 / (1 - rate)), x.splat(0))
    }
  }

  func problem(_ operation: String, _ problem: String) -> GraphError {
    GraphError(operation: operation, node: path, problem: problem)
  }
}
