import SfumatoModels
import SfumatoObjectives
import SfumatoRegistry

/// A kind of task, which models and objectives name as what they are for.
public struct TrainingTaskDefinition: RegistryEntry {
  /// Makes the task of a model and an objective that are for it.
  ///
  /// - Returns: nil where one of both is not of the type that the task takes.
  public typealias Build =
    @Sendable (_ model: any Model, _ objective: any Objective) throws -> (any TrainingTask)?

  public let name: String
  public let summary: String
  public var options: [PluginOption] { [] }
  /// Whether it says nothing of some images, so that conditions need a value for that.
  let dropsConditions: Bool
  let build: Build

  public init(name: String, summary: String, dropsConditions: Bool = false, build: @escaping Build) {
    self.name = name
    self.summary = summary
    self.dropsConditions = dropsConditions
    self.build = build
  }
}

/// The kinds of task that there are.
public enum TrainingTasks {
  public static let registry = Registry<TrainingTaskDefinition>(
    kind: "task", [DenoisingTask.definition, AdversarialTask.definition])
}
