import SfumatoGraph

/// A generator and a discriminator as an objective sees them. Images are (N, H, W, C) with values about [-1, 1].
public struct AdversarialNetworks {
  /// Latent vectors f32 (N, latentSize) → images.
  public let generate: (_ z: Tensor, _ conditions: Conditioning) throws -> Tensor
  /// Images → a score for each, f32 [N], higher for more real.
  public let discriminate: (_ images: Tensor, _ conditions: Conditioning) throws -> Tensor
  /// Numbers in a latent vector.
  public let latentSize: Int

  public init(
    latentSize: Int, generate: @escaping (_ z: Tensor, _ conditions: Conditioning) throws -> Tensor,
    discriminate: @escaping (_ images: Tensor, _ conditions: Conditioning) throws -> Tensor
  ) {
    self.latentSize = latentSize
    self.generate = generate
    self.discriminate = discriminate
  }
}
