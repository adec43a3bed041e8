import SfumatoGraph

extension Tensor {
  /// x·sigmoid(x) (Elfwing et al., 2017), which overflows nowhere.
  public func silu() throws -> Tensor { try self * sigmoid() }

  /// d silu(x)/dx = s·(1 + x·(1 − s)) with s = sigmoid(x).
  func siluDerivative() throws -> Tensor {
    let s = try sigmoid()
    return try s * (1 + self * (1 - s))
  }

  /// x where it is positive, else slope·x (Maas et al., 2013). Its second derivative is 0 everywhere.
  public func leakyReLU(slope: Double = 0.2) throws -> Tensor {
    try self * splat(0).isLess(than: self).select(splat(1), splat(slope))
  }

  /// ln(1 + eˣ), which overflows nowhere.
  public func softplus() throws -> Tensor {
    // A choice, not a maximum, which has half a gradient at 0 and would take the second derivative there away.
    let large = try splat(0).isLess(than: self).select(self, splat(0))
    return try large + ((self - large * 2).exp() + 1).log()
  }

  /// Softmax along the last axis, computed in f32.
  ///
  /// It is the region `softmax`; its gradient is the region `softmaxGrad` with inputs (y, dy).
  public func softmax() throws -> Tensor {
    guard shape.rank >= 1 else {
      throw GraphError(
        operation: "softmax", node: graph.scope, problem: "expected at least one axis, found \(type)")
    }
    return try graph.region(
      "softmax", [self],
      gradient: { _, outputs, cotangents in
        [try outputs[0].softmaxGradient(cotangents[0])]
      },
      body: {
        // Subtracting the largest keeps exp in range and changes no value, hence no gradient through it.
        let x = try $0[0].cast(.f32)
        let e = try (x - x.reduceMax([-1]).stopGradient()).exp()
        return [try (e / e.reduceSum([-1])).cast($0[0].dtype)]
      })[0]
  }
  /// The cotangent of a softmax's operand: this tensor is its result, `dy` that one's cotangent.
  func softmaxGradient(_ dy: Tensor) throws -> Tensor {
    try graph.region("softmaxGrad", [self, dy]) {
      let y = try $0[0].cast(.f32), dy = try $0[1].cast(.f32)
      return [try (y * (dy - (y * dy).reduceSum([-1]))).cast($0[0].dtype)]
    }[0]
  }
}
