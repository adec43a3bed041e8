import SfumatoConfiguration
import SfumatoGraph
import SfumatoNN
import SfumatoObjectives

/// One evaluation of the denoiser D(x; σ) on a batch, as a program that reads the averaged parameters.
///
/// Inputs `x` (N, H, W, C) and `sigma` [N]; `labels` i32 [N] for a class-conditional model and `scale` [] with
/// guidance. Output `denoised` (N, H, W, C).
struct DenoisingProgram {
  let program: Program
  let parameters: [Parameter]

  init(_ task: DenoisingTask, _ data: DataRecipe, batch: Int, isGuided: Bool) throws {
    let graph = GraphBuilder()
    let list = ParameterList(statePrefix: ParameterList.averagePrefix)
    let network = task.denoiser.network(in: Scope(graph, parameters: list))
    let x = try graph.input("x", .f32, [batch, data.resolution, data.resolution, data.channels])
    let sigma = try graph.input("sigma", .f32, [batch])
    let denoised: Tensor
    if let null = task.nullLabel {
      let labels = try graph.input("labels", .i32, [batch])
      denoised =
        isGuided
        ? try task.objective.guided(
          x, sigma: sigma, labels: labels, nullLabel: null, scale: graph.input("scale", .f32, []),
          network: network)
        : try task.objective.denoised(x, sigma: sigma, labels: labels, network: network)
    } else {
      denoised = try task.objective.denoised(x, sigma: sigma, labels: nil, network: network)
    }
    try graph.output("denoised", denoised)
    program = try graph.finish()
    parameters = list.parameters
  }
}
