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
    [AdamW.definition, Adam.definition, Lion.definition, RAdam.definition, Muon.definition])
}
