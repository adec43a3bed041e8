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
    try build(values(given, of: "optimizer"))
  }
}

/// The optimizers that can be chosen.
public enum Optimizers {
  public static let registry = Registry<OptimizerDefinition>(
    kind: "optimizer",
    [AdamW.definition, Adam.definition, Lion.definition, RAdam.definition, Muon.definition])
}

/// Options of several optimizers.
extension PluginOption {
  static let beta1 = PluginOption(
    "beta1", "Decay of the mean of gradients", .number(default: 0.9, in: 0...0.99999))
  static let beta2 = PluginOption(
    "beta2", "Decay of the mean of their squares", .number(default: 0.999, in: 0...0.999999))
  static let eps = PluginOption(
    "eps", "Added to the root of that mean", .number(default: 1e-8, in: 1e-16...1))
  static let weightDecay = PluginOption(
    "weight_decay", "Decoupled weight decay", .number(default: 0, in: 0...10))
}
