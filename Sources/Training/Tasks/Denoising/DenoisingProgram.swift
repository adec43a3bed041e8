import SfumatoGraph
import SfumatoNN
import SfumatoObjectives

/// One evaluation of the denoiser D(x; σ) on a batch, as a program that reads the averaged parameters.
///
/// Inputs `x` (N, H, W, C) and `sigma` [N]; the columns of the model's conditions, and `scale` [] with guidance. Output `denoised` (N, H, W, C).
struct DenoisingProgram {
  let program: Program
  let parameters: [Parameter]

  init(_ task: DenoisingTask, _ components: Components, batch: Int, isGuided: Bool) throws {
    let graph = GraphBuilder()
    let list = ParameterList(statePrefix: ParameterList.averagePrefix)
    let scope = Scope(graph, parameters: list), data = components.recipe.data
    let network = task.denoiser.network(in: scope), own = scope[ParameterList.objectiveScope]
    let x = try graph.input("x", .f32, [batch, data.resolution, data.resolution, data.channels])
    let sigma = try graph.input("sigma", .f32, [batch])
    let conditions = try Conditioning(components.conditions.all, inputsOf: graph, rows: batch)
    let denoised =
      isGuided
      ? try task.objective.guided(
        x, sigma: sigma, conditions: conditions, scale: graph.input("scale", .f32, []), network: network,
        in: own)
      : try task.objective.denoised(x, sigma: sigma, conditions: conditions, network: network, in: own)
    try graph.output("denoised", denoised)
    program = try graph.finish()
    parameters = list.parameters
  }
}
