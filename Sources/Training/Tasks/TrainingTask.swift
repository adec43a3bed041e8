import SfumatoBackend
import SfumatoConfiguration
import SfumatoGraph
import SfumatoModels
import SfumatoNN

/// What is trained, and for what: everything about a run that the trainer does not know.
///
/// A task is a folder that answers this protocol, and one entry in `TrainingTasks.registry`.
public protocol TrainingTask: Sendable {
  var model: any Model { get }
  /// Batches of images that a step takes from the data.
  var batchesPerStep: Int { get }
  /// Members of a checkpoint's `state.json` that states of the programs come from and go to, beside parameters and what the
  /// optimizer keeps.
  var entries: [StateEntry] { get }

  /// - Throws: for what of a recipe the task has no use for.
  func check(_ recipe: Recipe) throws

  /// Checks which images are asked for, and how, before anything runs.
  ///
  /// - Throws: for what of it the task has no use for, or that does not fit together.
  func check(_ request: SamplingRequest) throws

  /// The phases of a step, in the order in which they run.
  func phases(_ components: Components) -> [PhaseDefinition]

  /// What phases read in `step`, counted from 1, beside images, conditions, the key and the optimizer's hyperparameters.
  ///
  /// - Parameter steps: those that everything that follows a cosine takes.
  func inputs(step: Int, of steps: Int) -> [String: HostTensor]

  /// What looks at a run now and then.
  func watches(_ run: WatchedRun) throws -> [any TrainingWatch]

  /// Whether images can be generated; where not, nothing else below is asked.
  var generatesImages: Bool { get }

  /// How images are generated; nil for a task that generates none.
  ///
  /// - Parameter state: a store of `device` that holds the averaged parameters.
  func imageGenerator(_ components: Components, device: any Device, state: any StateStore) -> (
    any ImageGenerator
  )?

  /// A program that generates one image, or makes a step towards it, and the parameters whose averages it reads; nil where
  /// there is no `imageGenerator`.
  func samplingProgram(_ components: Components) throws -> (program: Program, parameters: [Parameter])?

  /// Whether a parameter of this name may be one that only training reads.
  func mayBeForTrainingOnly(_ parameter: String) -> Bool
}

extension TrainingTask {
  public var batchesPerStep: Int { 1 }
  public var entries: [StateEntry] { [] }
  public func mayBeForTrainingOnly(_ parameter: String) -> Bool { false }
  public func check(_ recipe: Recipe) throws {}
  public func check(_ request: SamplingRequest) throws {}
  public func inputs(step: Int, of steps: Int) -> [String: HostTensor] { [:] }
  public func watches(_ run: WatchedRun) throws -> [any TrainingWatch] { [] }
  public var generatesImages: Bool { false }
  public func imageGenerator(_ components: Components, device: any Device, state: any StateStore) -> (
    any ImageGenerator
  )? {
    nil
  }
  public func samplingProgram(_ components: Components) throws -> (program: Program, parameters: [Parameter])?
  {
    nil
  }
}
