import SfumatoRegistry
import SfumatoSamplers

/// The objectives that can be chosen.
public enum Objectives {
  public static let registry = Registry<ObjectiveDefinition>(
    kind: "objective",
    [EDMObjective.definition, EDM2Objective.definition, ddpm, flow] + GANObjective.definitions)

  private static let ddpm = ObjectiveDefinition(
    name: "ddpm", summary: "Prediction of noise, image or velocity along a discrete chain",
    options: [
      PluginOption(
        "prediction_type", "What the network predicts",
        .choice(default: "epsilon", of: DDPMObjective.Prediction.allCases.map(\.rawValue))),
      PluginOption(
        "beta_schedule", "How noise grows with the timestep",
        .choice(default: "linear", of: BetaSchedule.Kind.allCases.map(\.rawValue))),
      PluginOption("beta_start", "Beta of the first timestep", .number(default: 1e-4, in: 1e-8...0.999)),
      PluginOption("beta_end", "Beta of the last timestep", .number(default: 0.02, in: 1e-8...0.999)),
      PluginOption("num_train_timesteps", "Length of the chain", .integer(default: 1000, in: 2...100_000)),
    ]
  ) {
    let start = $0.number("beta_start"), end = $0.number("beta_end")
    guard start <= end else {
      throw RegistryError.badValue(
        owner: "objective \"ddpm\"", option: "beta_end", found: "\(end)",
        expected: "not below beta_start, which is \(start)")
    }
    return DDPMObjective(
      DDPMObjective.Prediction(rawValue: $0.choice("prediction_type")) ?? .noise,
      betas: BetaSchedule(
        BetaSchedule.Kind(rawValue: $0.choice("beta_schedule")) ?? .linear, start: start, end: end,
        count: $0.integer("num_train_timesteps")))
  }

  private static let flow = ObjectiveDefinition(
    name: "flow", summary: "Linear flow matching: the velocity from noise to image",
    options: [
      PluginOption(
        "times", "How times are drawn in training",
        .choice(default: "uniform", of: FlowObjective.Times.allCases.map(\.rawValue)))
    ]
  ) { FlowObjective(times: FlowObjective.Times(rawValue: $0.choice("times")) ?? .uniform) }
}
