import SfumatoRegistry

/// A kind of objective that can be chosen.
public struct ObjectiveDefinition: RegistryEntry {
  public let name: String
  public let summary: String
  /// The task that its objectives are for, by name; they are of the type that the task takes.
  public let task: String
  public let options: [PluginOption]
  private let build: @Sendable (OptionValues) throws -> any Objective

  public init(
    name: String, summary: String, task: String = "denoising", options: [PluginOption] = [],
    build: @escaping @Sendable (OptionValues) throws -> any Objective
  ) {
    self.name = name
    self.summary = summary
    self.task = task
    self.options = options
    self.build = build
  }

  /// The objective with the given options, the others at their defaults.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public func objective(_ given: [String: OptionValue] = [:]) throws -> any Objective {
    try build(values(given, of: "objective"))
  }
}
