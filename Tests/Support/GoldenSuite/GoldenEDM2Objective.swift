import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives

/// EDM2's losses, whose weight of noise levels has parameters of its own, on a stub network with fixed noise.
public enum GoldenEDM2Objective {
  /// Relative errors of losses, denoised images, and gradients of the mean loss by the network's and the objective's parameters.
  public static func deviations(on device: any Device) throws -> [String: Double] {
    let file = try GoldenFile(module: "Objectives", name: "edm2"), run = GoldenRun(file: file, prefix: "")
    let parameters = file.tensors.keys.filter { $0.hasPrefix("parameter.") }.sorted()
    let objective = EDM2Objective(
      EDMObjective(sigmaData: try file.json("sigma_data").number ?? .nan),
      features: try file.json("features").integer ?? 0)
    let found = try run(on: device, ["clean", "noise", "mix", "sigma"] + parameters) { tensors in
      let tensor = tensors.tensor
      let stub = DenoisingNetwork { x, condition, _ in
        let mixed = try x.reshape([x.shape.count / 3, 3]).matmul(tensor("mix")).reshape(x.shape)
        return DenoisingOutput(
          try (mixed + condition.reshape([condition.shape.count, 1, 1, 1])).tanh())
      }
      let clean = try tensor("clean"), noise = try tensor("noise"), sigma = try tensor("sigma")
      let list = ParameterList { parameter, _ in try tensor("parameter." + parameter.name) }
      let scope = Scope(clean.graph, parameters: list)
      let losses = try objective.losses(
        clean: clean, noise: noise, level: sigma, conditions: .none, network: stub, in: scope)
      let trained = list.trainable
      let slopes = try gradients(
        of: losses.reduceMean().reshape([]), wrt: [tensor("mix")] + trained.map(\.tensor))
      var results = [
        "losses": losses,
        "denoised": try objective.denoised(
          clean + sigma.reshape([sigma.shape.count, 1, 1, 1]) * noise, sigma: sigma, conditions: .none,
          network: stub, in: scope),
      ]
      for (name, slope) in zip(["mix"] + trained.map(\.parameter.name), slopes) {
        results["gradient." + name] = slope
      }
      return results
    }
    return try Dictionary(uniqueKeysWithValues: found.keys.map { ($0, try run.error(found, $0)) })
  }
}
