import SfumatoConditions
import SfumatoGraph
import SfumatoNN

/// Images from latent vectors, as a program that reads the averaged parameters of a generator.
///
/// Inputs `z` (N, latentSize), and the columns of the model's conditions. Output `images` (N, H, W, C).
struct GeneratingProgram {
  let program: Program
  let parameters: [Parameter]

  init(_ task: AdversarialTask, _ conditions: ConditionSet, batch: Int) throws {
    let graph = GraphBuilder()
    let list = ParameterList(statePrefix: ParameterList.averagePrefix)
    let z = try graph.input("z", .f32, [batch, task.networks.latentSize])
    let conditions = try Conditioning(conditions.all, inputsOf: graph, rows: batch)
    let networks = task.networks.networks(in: Scope(graph, parameters: list))
    try graph.output("images", networks.generate(z, conditions))
    program = try graph.finish()
    parameters = list.parameters
  }
}
