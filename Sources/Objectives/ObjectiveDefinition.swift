import SfumatoRegistry

/// A kind of objective that can be chosen.
public struct ObjectiveDefinition: RegistryEntry {
  public typealias Build<Made> = @Sendable (OptionValues) throws -> Made

  /// What is trained, and how the objective is made.
  enum Task {
    case denoising(Build<any DenoisingObjective>)
    case adversarial(Build<any AdversarialObjective>)
  }

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  let task: Task

  /// An objective for models that denoise.
  public init(
    name: String, summary: String, options: [PluginOption], build: @escaping Build<any DenoisingObjective>
  ) {
    self.init(name, summary, options, .denoising(build))
  }

  /// An objective for a generator with its discriminator.
  public static func adversarial(
    name: String, summary: String, options: [PluginOption], build: @escaping Build<any AdversarialObjective>
  ) -> ObjectiveDefinition {
    ObjectiveDefinition(name, summary, options, .adversarial(build))
  }

  private init(_ name: String, _ summary: String, _ options: [PluginOption], _ task: Task) {
    self.name = name
    self.summary = summary
    self.options = options
    self.task = task
  }

  /// Whether it is for a generator with its discriminator.
  public var isAdversarial: Bool { if case .adversarial = task { true } else { false } }

  /// The objective with the given options, the others at their defaults.
  ///
  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public func objective(_ given: [String: OptionValue] = [:]) throws -> any Objective {
    let values = try OptionValues(given, for: options, of: "objective \"\(name)\"")
    return switch task {
    case .denoising(let build): try build(values)
    case .adversarial(let build): try build(values)
    }
  }
}
