import SfumatoGraph
import SfumatoNN

/// A generator of images from latent vectors, and a discriminator that scores images.
public protocol AdversarialModel: Model {
  /// Numbers in a latent vector, which is Gaussian of unit variance.
  var latentSize: Int { get }
  /// Width and height of the images.
  var resolution: Int { get }
  /// Channels of the images.
  var channels: Int { get }

  /// Traces the generator.
  ///
  /// - Parameters:
  ///   - z: (N, latentSize), of a float type: what layers should store their results as.
  ///   - conditions: given exactly if `isConditional`.
  /// - Returns: (N, resolution, resolution, channels), about [-1, 1], of the type of `z`.
  func generate(_ z: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor

  /// Traces the discriminator.
  ///
  /// Real and generated images come as one batch, so that no layer may mix images: a batch norm or the like would let them see each other.
  ///
  /// - Parameters:
  ///   - images: (N, resolution, resolution, channels), of a float type.
  ///   - conditions: given exactly if `isConditional`.
  /// - Returns: [N], of the type of `images`; higher means more real.
  func discriminate(_ images: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor
}

/// Where the parameters of an adversarial model are in its tree of names.
public enum AdversarialPart {
  public static let generator = "generator", discriminator = "discriminator"
}

extension AdversarialModel {
  /// This model with its parameters in `scope`, for an objective, whose own values stay f32.
  ///
  /// - Parameter dtype: what the networks' values are stored as.
  public func networks(in scope: Scope, storedAs dtype: DType = .f32) -> AdversarialNetworks {
    AdversarialNetworks(
      latentSize: latentSize,
      generate: { z, conditions in
        try generate(z.cast(dtype), conditions: conditions, in: scope[AdversarialPart.generator]).cast(.f32)
      },
      discriminate: { images, conditions in
        try discriminate(images.cast(dtype), conditions: conditions, in: scope[AdversarialPart.discriminator])
          .cast(
            .f32)
      })
  }
}
