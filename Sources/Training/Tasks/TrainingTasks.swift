import SfumatoModels
import SfumatoObjectives
import SfumatoRegistry

/// A kind of task, which models and objectives name as what they are for.
public struct TrainingTaskDefinition: RegistryEntry {
  /// Makes the task of a model and an objective that are for it.
  ///
  /// - Parameter classCount: how many classes the data has that the model is conditioned on; 0 for none.
  /// - Returns: nil where one of both is not of the type that the task takes.
  public typealias Build =
    @Sendable (_ model: any Model, _ objective: any Objective, _ classCount: Int) throws -> (
      any TrainingTask
    )?

  public let name: String
  public let summary: String
  public var options: [PluginOption] { [] }
  /// Labels that its models know beside the data's classes.
  let spareLabels: Int
  let build: Build

  public init(name: String, summary: String, spareLabels: Int = 0, build: @escaping Build) {
    self.name = name
    self.summary = summary
    self.spareLabels = spareLabels
    self.build = build
  }
}

/// The kinds of task that there are.
public enum TrainingTasks {
  public static let registry = Registry<TrainingTaskDefinition>(
    kind: "task", [DenoisingTask.definition, AdversarialTask.definition])
}
