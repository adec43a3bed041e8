import SfumatoGraph
import SfumatoNN

/// Images from latent vectors, as a program that reads the averaged parameters of a generator.
///
/// Inputs `z` (N, latentSize), and `labels` i32 [N] for a class-conditional model. Output `images` (N, H, W, C).
struct GeneratingProgram {
  let program: Program
  let parameters: [Parameter]

  init(_ task: AdversarialTask, batch: Int) throws {
    let graph = GraphBuilder()
    let list = ParameterList(statePrefix: ParameterList.averagePrefix)
    let z = try graph.input("z", .f32, [batch, task.networks.latentSize])
    let labels = try task.networks.labelCount.map { _ in try graph.input("labels", .i32, [batch]) }
    let networks = task.networks.networks(in: Scope(graph, parameters: list))
    try graph.output("images", networks.generate(z, labels))
    program = try graph.finish()
    parameters = list.parameters
  }
}
