import SfumatoAutodiff
import SfumatoGraph

/// A term of the discriminator's loss in which its gradient by the images is.
public struct GradientPenalty: Hashable, Sendable {
  /// Where the gradient is taken, and what it should be.
  public enum Kind: String, Sendable, CaseIterable {
    case none
    /// R1: zero at real images, weight/2·mean ‖∇D(x)‖² (Mescheder et al., 2018, equation 9).
    case r1
    /// R1 and R2: zero at real and at generated ones (ibid., equations 9 and 10).
    case r1r2
    /// One between them, weight·mean (‖∇D(x̂)‖ − 1)² (Gulrajani et al., 2017, equation 3).
    case interpolated
  }

  public var kind: Kind
  /// The weight in the first step, and in the last; in between it follows half a cosine.
  public var weight: Double
  public var finalWeight: Double
  /// Steps from one with the penalty to the next, whose weight makes up for those between (Karras et al., 2020, section 3.1).
  public var interval: Int

  public init(_ kind: Kind, weight: Double, finalWeight: Double? = nil, interval: Int = 1) {
    self.kind = kind
    self.weight = weight
    self.finalWeight = finalWeight ?? weight
    self.interval = interval
  }

  /// Whether step number `step`, counted from 1, has the penalty.
  public func isDue(step: Int) -> Bool { kind != .none && step % interval == 0 }

  /// The term of a step's loss, nil for no penalty, and the means of its parts by name.
  ///
  /// - Parameters:
  ///   - scores: of the real and then of the generated images, [2N].
  ///   - weight: f32 [].
  ///   - between: images between real and generated ones, and their scores [N].
  func term(
    scores: Tensor, real: Tensor, generated: Tensor, weight: Tensor,
    between: () throws -> (images: Tensor, scores: Tensor)
  ) throws -> (term: Tensor?, parts: [(String, Tensor)]) {
    func squaredNorms(_ scores: Tensor, _ images: [Tensor]) throws -> [Tensor] {
      let total = try scores.reduceSum().reshape([])
      return try gradients(of: total, wrt: images).map {
        try $0.squared().reduceSum([1, 2, 3]).reshape([$0.shape[0]])
      }
    }
    let scale = try weight * Double(interval)
    switch kind {
    case .none: return (nil, [])
    case .r1:
      let r1 = try squaredNorms(scores, [real])[0].scalarMean()
      return (try scale * r1 * 0.5, [("r1", r1)])
    case .r1r2:
      let means = try squaredNorms(scores, [real, generated]).map { try $0.scalarMean() }
      return (try scale * (means[0] + means[1]) * 0.5, [("r1", means[0]), ("r2", means[1])])
    case .interpolated:
      let (images, scores) = try between()
      // So that the root has a derivative where there is no slope.
      let excess = try (squaredNorms(scores, [images])[0] + 1e-12).sqrt() - 1
      let mean = try excess.squared().scalarMean()
      return (try scale * mean, [("gradient_penalty", mean)])
    }
  }
}
