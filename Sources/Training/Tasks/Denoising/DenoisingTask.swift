import SfumatoBackend
import SfumatoGraph
import SfumatoModels
import SfumatoNN
import SfumatoObjectives

/// A model that denoises.
public struct DenoisingTask: TrainingTask {
  public let denoiser: any DenoisingModel
  public let objective: any DenoisingObjective
  /// The label that stands for none; nil for an unconditional model.
  public let nullLabel: Int?

  // One more class than there are stands for "no label", so that guidance works.
  static let definition = TrainingTaskDefinition(
    name: "denoising", summary: "A network learns to take noise out of images", spareLabels: 1
  ) { model, objective, classCount in
    guard let model = model as? any DenoisingModel, let objective = objective as? any DenoisingObjective
    else {
      return nil
    }
    return DenoisingTask(
      denoiser: model, objective: objective, nullLabel: classCount == 0 ? nil : classCount)
  }

  public var model: any Model { denoiser }

  public func phases(_ components: Components) -> [PhaseDefinition] { [PhaseDefinition(self, components)] }

  public func imageMaker(_ components: Components, device: any Device, state: any StateStore) -> (
    any ImageMaker
  )? {
    DenoisingMaker(self, components.recipe.data, device: device, state: state)
  }

  public func samplingProgram(_ components: Components) throws -> (program: Program, parameters: [Parameter])?
  {
    let traced = try DenoisingProgram(self, components.recipe.data, batch: 1, isGuided: false)
    return (traced.program, traced.parameters)
  }
}
