import SfumatoRegistry

/// A kind of observer that recipes choose, under `observers`.
public struct TrainingObserverDefinition: RegistryEntry {
  /// Makes one for a run in a folder, of which nothing is written yet.
  public typealias Make =
    @Sendable (_ options: OptionValues, _ folder: RunFolder) throws -> any TrainingObserver

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  let make: Make

  public init(name: String, summary: String, options: [PluginOption] = [], make: @escaping Make) {
    self.name = name
    self.summary = summary
    self.options = options
    self.make = make
  }
}

/// The kinds of observer that there are.
public enum TrainingObservers {
  public static let registry = Registry<TrainingObserverDefinition>(
    kind: "observer", [TableObserver.definition])

  /// - Parameter chosen: options by the kind's name.
  /// - Returns: with the values of all options.
  /// - Throws: `RegistryError`.
  static func checked(
    _ chosen: [String: [String: OptionValue]]
  ) throws(RegistryError) -> [String: [String: OptionValue]] {
    var all: [String: [String: OptionValue]] = [:]
    for (name, options) in chosen.sorted(by: { $0.key < $1.key }) {
      all[name] = try registry.entry(name).values(options, of: registry.kind).values
    }
    return all
  }

  static func make(
    _ chosen: [String: [String: OptionValue]], _ folder: RunFolder
  ) throws -> [any TrainingObserver] {
    try chosen.sorted { $0.key < $1.key }.map { name, options in
      let definition = try registry.entry(name)
      return try definition.make(definition.values(options, of: registry.kind), folder)
    }
  }
}
