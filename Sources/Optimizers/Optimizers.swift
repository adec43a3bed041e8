import SfumatoRegistry

/// A kind of optimizer that can be chosen.
public struct OptimizerDefinition: RegistryEntry {
  public let name: String
  public let summary: String
  public let options: [PluginOption]
  private let build: @Sendable (OptionValues) throws -> any Optimizer

  public init(
    name: String, summary: String, options: [PluginOption],
    build: @escaping @Sendable (OptionValues) throws -> any Optimizer
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.build = build
  }

  /// The optimizer with the given options, the others at their defaults.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public func optimizer(_ given: [String: OptionValue] = [:]) throws -> any Optimizer {
    try build(OptionValues(given, for: options, of: "optimizer \"\(name)\""))
  }
}

/// The optimizers that can be chosen.
public enum Optimizers {
  public static let registry = Registry<OptimizerDefinition>(
    kind: "optimizer",
    [
      OptimizerDefinition(
        name: "adamw", summary: "Adam with decoupled weight decay",
        options: [
          PluginOption("beta1", "Decay of the mean of gradients", .number(default: 0.9, in: 0...0.99999)),
          PluginOption(
            "beta2", "Decay of the mean of their squares", .number(default: 0.999, in: 0...0.999999)),
          PluginOption("eps", "Added to the root of that mean", .number(default: 1e-8, in: 1e-16...1)),
          PluginOption("weight_decay", "Decoupled weight decay", .number(default: 0.01, in: 0...10)),
        ]
      ) {
        AdamW(
          beta1: $0.number("beta1"), beta2: $0.number("beta2"), eps: $0.number("eps"),
          weightDecay: $0.number("weight_decay"))
      },
      OptimizerDefinition(
        name: "adam", summary: "Adam, whose second decay may change on the way",
        options: [
          PluginOption("beta1", "Decay of the mean of gradients", .number(default: 0.9, in: 0...0.99999)),
          PluginOption(
            "beta2", "Decay of the mean of their squares", .number(default: 0.999, in: 0...0.999999)),
          PluginOption(
            "final_beta2", "That at the end, along a cosine; -1 for the same",
            .number(default: -1, in: -1...0.999999)),
          PluginOption(
            "schedule_steps", "Steps that the cosine takes", .integer(default: 1, in: 1...1_000_000_000)),
          PluginOption("eps", "Added to the root of that mean", .number(default: 1e-8, in: 1e-16...1)),
        ]
      ) {
        let final = $0.number("final_beta2")
        return Adam(
          beta1: $0.number("beta1"), beta2: $0.number("beta2"), finalBeta2: final < 0 ? nil : final,
          scheduleSteps: $0.integer("schedule_steps"), eps: $0.number("eps"))
      },
    ])
}
