import SfumatoAutodiff
import SfumatoConformance
import SfumatoGraph

/// Steps of a discriminator with gradient penalties on real (R1) and generated (R2) images (Mescheder et al., 2018):
/// a loss with a gradient in it, differentiated by the weights.
extension ConformanceCase {
  public static let adversarial: [ConformanceCase] = [
    (1, 8, 1, 4), (2, 8, 3, 4), (3, 9, 3, 5), (2, 12, 2, 8), (4, 16, 3, 6),
  ].map { (batch: Int, size: Int, channels: Int, width: Int) in
    let flat = ((size + 1) / 2 + 1) / 2
    return ConformanceCase(
      "ganStep", "R1 and R2",
      inputs: [
        .init(.f32, [batch, size, size, channels]), .init(.f32, [batch, size, size, channels]),
        .init(.f32, [width, 3, 3, channels], .scaled(0.3)),
        .init(.f32, [2 * width, 3, 3, width], .scaled(0.2)),
        .init(.f32, [flat * flat * 2 * width, 1], .scaled(0.2)),
      ], maxOrder: size > 9 ? 0 : 1
    ) { try discriminatorStep(real: $0[0], generated: $0[1], weights: Array($0[2...])) }
  }

  /// The loss, the two penalties and the new weights.
  private static func discriminatorStep(real: Tensor, generated: Tensor, weights: [Tensor]) throws -> [Tensor]
  {
    let onReal = try logits(real, weights), onGenerated = try logits(generated, weights)
    let penalties = try [(onReal, real), (onGenerated, generated)].map { logits, images in
      try gradients(of: logits, wrt: [images])[0].squared().reduceSum() / Double(images.shape[0])
    }
    let loss = try (softplus(onReal * -1) + softplus(onGenerated)).reduceMean()
    let whole = try loss.reshape([]) + (penalties[0] + penalties[1]).reshape([]) * 0.05
    let slopes = try gradients(of: whole, wrt: weights)
    return try [whole] + penalties + zip(weights, slopes).map { try $0 - $1 * 0.1 }
  }

  /// Images (N, H, W, C) to logits [N, 1]: two convolutions of stride 2, then a product.
  private static func logits(_ images: Tensor, _ weights: [Tensor]) throws -> Tensor {
    var h = images
    for weight in weights.dropLast() {
      let z = try h.conv(weight, stride: 2, padding: (1, 1, 1, 1))
      h = try z * z.sigmoid()
    }
    return try h.reshape([h.shape[0], h.shape.count / max(1, h.shape[0])]).matmul(weights[weights.count - 1])
  }

  /// log(1 + e^x), by way of the larger of x and 0.
  private static func softplus(_ x: Tensor) throws -> Tensor {
    let large = try x.max(x.splat(0))
    return try large + ((x - large - large).exp() + 1).log()
  }
}
