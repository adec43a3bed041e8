import SfumatoGraph

/// What a network takes of a condition.
public enum ConditionForm: String, Sendable, CaseIterable {
  /// [N, D], such as a class's embedding.
  case vector
  /// [N, L, D] with a mask, such as the tokens of a caption.
  case sequence
  /// [N, H, W, C], such as an image of low resolution.
  case image
}

/// A condition as a network computes with it.
public enum ConditionEmbedding {
  /// [N, D].
  case vector(Tensor)
  /// [N, L, D], and f32 [N, L] that is 1 where there is something and 0 behind its end.
  case sequence(Tensor, mask: Tensor)
  /// [N, H, W, C].
  case image(Tensor)
}

/// Something that a network is told of each image, such as its class: the half that builds graph.
public protocol Condition: Sendable {
  /// Unique among a network's conditions. Its parameters are those of the model's scope `<name>_embedding`.
  var name: String { get }
  var form: ConditionForm { get }
  /// What a batch holds of it.
  var columns: [BatchColumn] { get }
  /// How many rows its table has, where it is one of several numbered choices; diffusers' `num_class_embeds`.
  var choiceCount: Int? { get }

  /// What stands for "nothing is said".
  ///
  /// - Parameter values: of any batch, in the order of `columns`.
  /// - Returns: tensors of the types of `values`.
  func null(_ values: [Tensor]) throws -> [Tensor]

  /// Embeds a batch, in the condition's `form`.
  ///
  /// - Parameters:
  ///   - values: in the order of `columns`.
  ///   - size: D of a vector or a sequence; an image has channels of its own.
  ///   - scope: where its parameters are.
  func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding
}

extension Condition {
  public var choiceCount: Int? { nil }
}
