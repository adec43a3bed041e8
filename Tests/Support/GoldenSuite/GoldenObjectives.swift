import GoldenSupport
import SfumatoBackend
import SfumatoConditions
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives
import SfumatoSamplers

/// Losses and denoisers of the objectives, on a stub network with fixed noise.
public enum GoldenObjectives {
  private struct Case: Sendable {
    var objective: any DenoisingObjective
    /// The names of the levels of training, of the noise levels of sampling and of the expected values.
    var level, sigma, key: String
  }

  /// Relative errors of `<objective>.losses` and `<objective>.denoised`.
  public static func deviations(on device: any Device) throws -> [String: Double] {
    let run = GoldenRun(file: try GoldenFile(module: "Objectives", name: "losses"), prefix: "")
    var errors: [String: Double] = [:]
    for item in cases {
      let names = ["clean", "noise", "mix", "slope", "table", item.level, item.sigma]
      let found = try run(on: device, Array(Set(names)).sorted(), integers: ["labels"]) { tensors in
        let tensor = tensors.tensor
        let stub = DenoisingNetwork { x, condition, conditions in
          guard let labels = conditions.parts.first?.values.first else {
            throw GoldenFile.BadFile(description: "no labels arrived")
          }
          let mixed = try x.reshape([x.shape.count / 3, 3]).matmul(tensor("mix")).reshape(x.shape)
          let shift = try condition.reshape([condition.shape.count, 1, 1, 1]) * tensor("slope") * 0.01
          let embedded = try tensor("table").gather(labels).reshape([labels.shape.count, 1, 1, 3])
          return DenoisingOutput(try (mixed + shift + embedded).tanh())
        }
        let clean = try tensor("clean"), noise = try tensor("noise"), scope = Scope(clean.graph)
        let conditions = Conditioning([.init(ClassCondition(count: 10), [try tensor("labels")])])
        let sigma = try item.sigma == "flow.t" ? 1 / tensor("flow.t") - 1 : tensor(item.sigma)
        let x = try clean + sigma.reshape([sigma.shape.count, 1, 1, 1]) * noise
        return [
          item.key + ".losses": try item.objective.losses(
            clean: clean, noise: noise, level: tensor(item.level), conditions: conditions, network: stub,
            in: scope),
          item.key + ".denoised": try item.objective.denoised(
            x, sigma: sigma, conditions: conditions, network: stub, in: scope),
        ]
      }
      for name in found.keys { errors[name] = try run.error(found, name) }
    }
    return errors
  }

  private static let cases: [Case] =
    [0.5, 1.3].map {
      Case(objective: EDMObjective(sigmaData: $0), level: "edm.sigma", sigma: "edm.sigma", key: "edm.\($0)")
    } + [Case(objective: FlowObjective(), level: "flow.t", sigma: "flow.t", key: "flow")]
    + BetaSchedule.Kind.allCases.flatMap { kind in
      DDPMObjective.Prediction.allCases.map { prediction in
        Case(
          objective: DDPMObjective(prediction, betas: BetaSchedule(kind, start: 1e-4, end: 0.02)),
          level: "ddpm.t", sigma: "ddpm.\(kind.rawValue).sigma",
          key: "ddpm.\(kind.rawValue).\(prediction.rawValue)")
      }
    }
}
