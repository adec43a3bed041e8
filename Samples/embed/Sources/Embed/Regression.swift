import Sfumato

/// A network from images (N, H, W, C) to a vector for each, (N, size).
protocol RegressionModel: Model {
  func callAsFunction(_ images: Tensor, size: Int, in scope: Scope) throws -> Tensor
}

/// What is trained: a network learns to tell of images what a condition says of them.
///
/// That turns a condition round: with `conditions: {color: {}}` the network sees an image and names its colour.
struct RegressionTask: TrainingTask {
  let network: any RegressionModel
  var model: any Model { network }

  func phases(_ components: Components) -> [PhaseDefinition] {
    [
      PhaseDefinition { trace in
        let given = try trace.inputs()
        guard let truth = given.conditions.parts.first?.values.first, truth.shape.rank == 2 else {
          throw TrainingError.inapplicable(
            option: "conditions",
            reason: "the task regression needs one that is a vector, such as {color: {}}")
        }
        let found = try network(
          given.images.cast(components.storageType), size: truth.shape[1], in: trace.scope
        ).cast(.f32)
        let loss = try (found - truth).squared().reduceMean().reshape([])
        return (loss, [("loss", loss)])
      }
    ]
  }

  static let definition = TrainingTaskDefinition(
    name: "regression", summary: "A network learns to tell what a condition says of images"
  ) { model, objective in
    guard let network = model as? any RegressionModel, objective is SquaredError else { return nil }
    return RegressionTask(network: network)
  }
}

/// The only objective of the task.
struct SquaredError: Objective {
  static let definition = ObjectiveDefinition(
    name: "squared-error", summary: "the mean of squared differences", task: "regression"
  ) { _ in SquaredError() }
}

/// Strided convolutions and a mean over what they find.
struct SmallClassifier: RegressionModel {
  let kind = "strided"
  let isConditional = true
  let width: Int
  var configuration: JSONValue { ["width": .integer(width)] }

  func callAsFunction(_ images: Tensor, size: Int, in scope: Scope) throws -> Tensor {
    var h = images
    for layer in 0..<2 {
      h = try scope["layers"][layer].conv2d(h, channels: width, stride: 2, padding: (1, 1, 1, 1)).silu()
    }
    let pooled = try h.reduceMean([1, 2]).reshape([h.shape[0], width])
    return try scope["last"].linear(pooled, size)
  }

  static let definition = ModelDefinition(
    name: "strided", summary: "strided convolutions, for regression", task: "regression",
    options: [PluginOption("width", "Channels", .integer(default: 16, in: 1...512))]
  ) { _, options in SmallClassifier(width: options.integer("width")) }
}

/// A trained network with its program compiled.
struct Regression {
  private let step: any Step

  /// - Parameters:
  ///   - path: a run.
  ///   - count: how many images it sees at once.
  init(_ path: String, count: Int, on device: any Device) throws {
    let run = try TrainedRun(path, for: device), data = run.components.recipe.data
    guard let task = run.components.task as? RegressionTask,
      let size = run.components.conditions.all.first?.columns.first?.rowShape.count
    else { throw TrainingError.inapplicable(option: path, reason: "it is no run of the task regression") }
    let graph = GraphBuilder(), list = ParameterList(statePrefix: ParameterList.averagePrefix)
    let images = try graph.input("images", .f32, [count, data.resolution, data.resolution, data.channels])
    try graph.output("vectors", task.network(images, size: size, in: Scope(graph, parameters: list)))
    let program = try graph.finish()
    step = try device.makeStep(program, state: run.state(for: program, list.parameters, on: device))
  }

  /// What it finds in images, a vector each, one after another.
  func callAsFunction(_ images: HostTensor) throws -> [Float] {
    try step.run(["images": images])
    return try step.outputs()["vectors"]?.floats ?? []
  }
}
