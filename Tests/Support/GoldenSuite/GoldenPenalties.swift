import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoGraph
import SfumatoNN

/// A GAN discriminator's step with R1 and R2 gradient penalties, and all gradients, from PyTorch: derivatives through
/// derivatives of strided, padded and grouped convolutions.
public enum GoldenPenalties {
  private static let parameters = [
    "in.weight", "in.bias", "down.weight", "down.bias", "grouped.weight", "grouped.bias", "out.weight",
    "out.bias",
  ]

  /// Relative errors of the losses and penalties, and of the gradient of each parameter and of the real images.
  public static func deviations(on device: any Device) throws -> [String: Double] {
    let run = GoldenRun(file: try GoldenFile(module: "Autodiff", name: "penalties"), prefix: "")
    guard let gamma = run.file.metadata["gamma"].flatMap(Double.init) else {
      throw GoldenFile.BadFile(description: "no gamma in \(run.file.name)")
    }
    let found = try run(on: device, parameters + ["real", "fake"]) { try step($0, gamma: gamma) }
    return try Dictionary(uniqueKeysWithValues: found.keys.map { ($0, try run.error(found, $0)) })
  }

  private static func step(_ tensors: [String: Tensor], gamma: Double) throws -> [String: Tensor] {
    let tensor = tensors.tensor
    func discriminator(_ x: Tensor) throws -> Tensor {
      func conv(_ x: Tensor, _ name: String, stride: Int = 1, padding: Int, groups: Int = 1) throws -> Tensor
      {
        let y = try x.conv(
          tensor(name + ".weight"), stride: stride, padding: (padding, padding, padding, padding),
          groups: groups)
        return try y + tensor(name + ".bias")
      }
      var h = try leaky(conv(x, "in", padding: 1))
      h = try leaky(conv(h, "down", stride: 2, padding: 1))
      h = try h + conv(h, "grouped", padding: 1, groups: 3).silu()
      return try conv(h, "out", padding: 0)
    }
    let real = try tensor("real"), fake = try tensor("fake")
    let onReal = try discriminator(real), onFake = try discriminator(fake)
    let adversarial = try softplus(onFake - onReal).reduceMean().reshape([])
    let r1 = try penalty(onReal, real), r2 = try penalty(onFake, fake)
    let loss = try adversarial + (r1 + r2) * (gamma / 2)
    var results = ["adversarial": adversarial, "r1": r1, "r2": r2, "loss": loss]
    let names = parameters + ["real"]
    for (name, gradient) in zip(names, try gradients(of: loss, wrt: names.map(tensor))) {
      results["gradient." + name] = gradient
    }
    return results
  }

  /// The mean over images of the squared norm of the score's gradient (Mescheder et al., 2018, equation 9).
  private static func penalty(_ scores: Tensor, _ images: Tensor) throws -> Tensor {
    let gradient = try gradients(of: scores.reduceSum().reshape([]), wrt: [images])[0]
    return try gradient.squared().reduceSum().reshape([]) / Double(images.shape[0])
  }

  private static func leaky(_ x: Tensor) throws -> Tensor { try x.max(x * 0.2) }

  /// log(1 + exp(x)), which overflows nowhere.
  private static func softplus(_ x: Tensor) throws -> Tensor {
    try x.max(x * 0) + ((x.max(x * -1) * -1).exp() + 1).log()
  }
}
