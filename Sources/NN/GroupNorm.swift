import SfumatoGraph

/// What a normalisation applies to its result.
public enum NormActivation: String, Sendable, CaseIterable {
  case none, silu
}

extension Tensor {
  /// Group normalisation (Wu and He, 2018) of this tensor (N, …, C), then `activation`.
  ///
  /// Mean and variance are taken over all positions and the C/groups channels of a group; the result is
  /// normalised·scale + bias. Everything is computed in f32 and the result is of this tensor's type, which that of `scale` and
  /// `bias` need not be. It is the region `groupNorm` with inputs (x, scale, bias) and attributes
  /// groups, eps and activation; its gradient is the region `groupNormGrad` with inputs
  /// (x, scale, dy[, bias where there is an activation]) and outputs (dx, dscale, dbias).
  public func groupNorm(
    scale: Tensor, bias: Tensor, groups: Int, eps: Double, activation: NormActivation = .none
  ) throws -> Tensor {
    guard let channels = shape.dimensions.last, groups > 0, channels % groups == 0 else {
      throw GraphError(
        operation: "groupNorm", node: graph.scope, problem: "\(type) does not divide into \(groups) groups")
    }
    guard scale.type == bias.type else {
      throw GraphError(
        operation: "groupNorm", node: graph.scope,
        problem: "scale and bias must be of one type: scale is \(scale.type), bias \(bias.type)")
    }
    let norm = GroupNorm(groups: groups, eps: eps, activation: activation)
    return try graph.region(
      "groupNorm", attributes: norm.attributes, [self, scale, bias], gradient: norm.gradient,
      body: { [try norm.forward(x: $0[0], scale: $0[1], bias: $0[2])] })[0]
  }
}

/// The decomposition of the regions `groupNorm` and `groupNormGrad`.
private struct GroupNorm {
  let groups: Int
  let eps: Double
  let activation: NormActivation

  var attributes: [String: Attribute] {
    ["groups": .int(groups), "eps": .float(eps), "activation": .string(activation.rawValue)]
  }

  func forward(x: Tensor, scale: Tensor, bias: Tensor) throws -> Tensor {
    let (normalized, _) = try normalize(x.cast(.f32))
    let affine = try normalized.reshape(x.shape) * scale.cast(.f32) + bias.cast(.f32)
    return try (activation == .silu ? affine.silu() : affine).cast(x.dtype)
  }

  /// Maps (x, scale, bias, y, dy) to (dx, dscale, dbias), through a region of its own.
  func gradient(_ inputs: [Tensor], _ outputs: [Tensor], _ cotangents: [Tensor]) throws -> [Tensor] {
    let needsBias = activation != .none
    return try inputs[0].graph.region(
      "groupNormGrad", attributes: attributes,
      [inputs[0], inputs[1], cotangents[0]] + (needsBias ? [inputs[2]] : [])
    ) {
      let wide = try $0.map { try $0.cast(.f32) }, types = [$0[0].dtype, $0[1].dtype, $0[1].dtype]
      let slopes = try backward(x: wide[0], scale: wide[1], dy: wide[2], bias: needsBias ? wide[3] : nil)
      return try zip(slopes, types).map { try $0.cast($1) }
    }
  }

  private func backward(x: Tensor, scale: Tensor, dy: Tensor, bias: Tensor?) throws -> [Tensor] {
    let (grouped, inverseDeviation) = try normalize(x)
    let normalized = try grouped.reshape(x.shape)
    var dz = dy
    if let bias { dz = try dy * (normalized * scale + bias).siluDerivative() }
    let channel = Array(0..<x.shape.rank - 1)
    let dscale = try (dz * normalized).reduceSum(channel).reshape(scale.shape)
    let dbias = try dz.reduceSum(channel).reshape(scale.shape)
    let slope = try (dz * scale).reshape(grouped.shape)
    let projected = try slope - slope.reduceMean([1, 3]) - grouped * (slope * grouped).reduceMean([1, 3])
    return [try (projected * inverseDeviation).reshape(x.shape), dscale, dbias]
  }

  /// The normalised values as (N, positions, groups, C/groups), and 1/deviation (N, 1, groups, 1).
  private func normalize(_ x: Tensor) throws -> (normalized: Tensor, inverseDeviation: Tensor) {
    let batch = x.shape[0], channels = x.shape[x.shape.rank - 1]
    let positions = x.shape.dimensions.dropFirst().dropLast().reduce(1, *)
    let grouped = try x.reshape([batch, positions, groups, channels / groups])
    let centered = try grouped - grouped.reduceMean([1, 3])
    let inverseDeviation = try (centered.squared().reduceMean([1, 3]) + eps).sqrt().reciprocal()
    return (try centered * inverseDeviation, inverseDeviation)
  }
}
