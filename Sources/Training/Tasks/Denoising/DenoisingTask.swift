import SfumatoBackend
import SfumatoGraph
import SfumatoModels
import SfumatoNN
import SfumatoObjectives

/// A model that denoises.
public struct DenoisingTask: TrainingTask {
  public let denoiser: any DenoisingModel
  public let objective: any DenoisingObjective

  static let definition = TrainingTaskDefinition(
    name: "denoising", summary: "A network learns to take noise out of images", dropsConditions: true
  ) { model, objective in
    guard let model = model as? any DenoisingModel, let objective = objective as? any DenoisingObjective
    else {
      return nil
    }
    return DenoisingTask(denoiser: model, objective: objective)
  }

  public var model: any Model { denoiser }

  /// Some of the objective's own are, such as those that weigh losses.
  public func mayBeForTrainingOnly(_ parameter: String) -> Bool {
    parameter.hasPrefix(ParameterList.objectiveScope + ".")
  }

  public func phases(_ components: Components) -> [PhaseDefinition] { [PhaseDefinition(self, components)] }

  public var generatesImages: Bool { true }

  public func imageGenerator(_ components: Components, device: any Device, state: any StateStore) -> (
    any ImageGenerator
  )? {
    DenoisingGenerator(self, components, device: device, state: state)
  }

  public func samplingProgram(_ components: Components) throws -> (program: Program, parameters: [Parameter])?
  {
    let traced = try DenoisingProgram(self, components, batch: 1, isGuided: false)
    return (traced.program, traced.parameters)
  }
}
