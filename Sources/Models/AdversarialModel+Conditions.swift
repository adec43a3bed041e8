import SfumatoGraph
import SfumatoNN

/// How both networks of a model learn of conditions, where there are any.
extension AdversarialModel {
  /// What a generator begins with: `z` alone, or with an embedding of the conditions behind it.
  ///
  /// - Throws: `ModelError.conditions` for those that an unconditional model has no use for, or that a conditional one lacks.
  func latent(_ z: Tensor, _ conditions: Conditioning, in scope: Scope) throws -> Tensor {
    try check(conditions)
    guard let embedding = try conditions.vector(size: latentSize, in: scope) else { return z }
    return try .concat([z, embedding.cast(z.dtype)], axis: 1)
  }

  /// How well features [N, size] fit their images' conditions, [N, 1]: the projection of Miyato and Koyama, 2018.
  ///
  /// - Parameter conditions: those that are not vectors count for nothing.
  func fit(_ features: Tensor, _ conditions: Conditioning, in scope: Scope) throws -> Tensor {
    let size = features.shape[1]
    let embedding = try conditions.vector(size: size, in: scope) ?? features.splat(0)
    return try (features * embedding.cast(features.dtype)).reduceSum([1]) / Double(size).squareRoot()
  }
}
