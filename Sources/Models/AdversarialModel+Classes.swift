import SfumatoGraph
import SfumatoNN

/// How both networks of a model learn of classes, where there are any.
extension AdversarialModel {
  /// What a generator begins with: `z` alone, or with an embedding of the class behind it.
  ///
  /// - Throws: `ModelError.labels` for labels that an unconditional model has no use for, or that a conditional one lacks.
  func latent(_ z: Tensor, labels: Tensor?, in scope: Scope) throws -> Tensor {
    try check(labels: labels)
    guard let labels, let count = labelCount else { return z }
    let classes = try scope["class_embedding"].embedding(labels, count: count, size: latentSize)
    return try .concat([z, classes.cast(z.dtype)], axis: 1)
  }

  /// How well features [N, size] fit their images' classes, [N, 1]: the projection of Miyato and Koyama, 2018.
  func fit(_ features: Tensor, labels: Tensor, count: Int, in scope: Scope) throws -> Tensor {
    let size = features.shape[1]
    let classes = try scope["class_embedding"].embedding(labels, count: count, size: size)
    return try (features * classes.cast(features.dtype)).reduceSum([1]) / Double(size).squareRoot()
  }
}
