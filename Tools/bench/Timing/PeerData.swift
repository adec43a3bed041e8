import Foundation
import Sfumato
import SfumatoBenchmark
import SfumatoRandom

/// What another implementation needs in order to take the same steps, and what comes out: written to a folder, for
/// Tools/bench/peers.
///
///     description.json     the model as its checkpoints describe it, sizes, the optimizer's settings, what came out
///     weights.safetensors  the initial parameters under their checkpoints' names
///     steps.safetensors    images.N of step N, (N, H, W, C), and what it drew: noise.N and sigma.N, or latent vectors
///     images.safetensors noise and result of sampling, (N, H, W, C)
struct PeerData {
  private let folder: String
  private let components: Components
  private let task: PeerTask
  private let device: any Device
  private var recipe: Recipe { components.recipe }

  /// - Parameter backend: what computes the losses and images.
  init(folder: String, backend: String, recipe: Recipe) throws {
    self.folder = folder
    components = try Components(recipe: recipe)
    device = try Backends.choose(backend).open()
    task = try PeerTask(components)
    try PosixFileSystem().createDirectories(folder)
  }

  /// Trains for `count` steps and writes what went in, and the losses.
  func writeTraining(steps count: Int) throws {
    let step = try TrainingStep(TrainingPlan(components, device: device), device: device)
    try step.parameters().write(path: folder + "/weights.safetensors")
    var tensors: [StoredTensor] = [], losses: [JSONValue] = []
    let count = max(count, 1)
    for number in 1...count {
      let batch = Batch(syntheticFor: components, step: number)
      tensors += try draws(number)
      var shape = shape.dimensions
      shape[0] *= components.task.batchesPerStep
      tensors.append(StoredTensor(name: "images.\(number)", shape: shape, floats: batch.images))
      try step.run(step: number, batch)
      let metrics = try step.metrics()
      losses.append(.array(task.losses.map { .number(metrics[$0] ?? .nan) }))
    }
    try Safetensors(tensors: tensors).write(path: folder + "/steps.safetensors")
    let results: JSONObject = [
      "losses": .array(losses),
      "learning_rates": .array((1...count).map { .number(components.schedule(step: $0)) }),
      "average_decays": .array((1...count).map { .number(components.averageSchedule(step: $0)) }),
    ]
    try write(results, task.schedules(count))
  }

  /// Makes `count` images from the initial parameters and writes noise and images.
  func writeSampling(count: Int) throws {
    guard components.task is DenoisingTask else {
      throw RecipeError.unreadable(path: recipe.name, reason: "the peers make images with denoisers only")
    }
    let step = try TrainingStep(TrainingPlan(components, device: device), device: device)
    try step.parameters().write(path: folder + "/weights.safetensors")
    var sampled = recipe
    sampled.sampling.count = count
    sampled.sampling.sampler = "heun"
    var request = try SamplingRequest(recipe: sampled)
    request.batch = count
    let generator = try Generator(
      untrained: components, device: device, seed: UInt64(recipe.training.seed))
    let steps = try generator.method(request).steps
    let sigmas = try NoiseSchedule.karras(
      sigmaMin: request.sigmaMin, sigmaMax: request.sigmaMax, rho: request.rho
    ).sigmas(steps: steps)
    let noise = SampleNoise(seeds: request.seeds, elementsPerImage: shape.count / recipe.training.batch)
    let stored = [count] + shape.dimensions.dropFirst()
    try Safetensors(tensors: [
      StoredTensor(name: "noise", shape: stored, floats: noise.start()),
      StoredTensor(name: "result", shape: stored, floats: generator.values(request)),
    ]).write(path: folder + "/images.safetensors")
    try write([
      "sigmas": .array(sigmas.map(JSONValue.number)), "evaluations": .integer(generator.evaluationCount),
    ])
  }

  /// Of a batch of images.
  private var shape: Shape {
    [recipe.training.batch, recipe.data.resolution, recipe.data.resolution, recipe.data.channels]
  }

  /// What the program of step `number` draws.
  private func draws(_ number: Int) throws -> [StoredTensor] {
    let graph = GraphBuilder()
    let key = try graph.input("key", .u32, [5])
    let drawn = try task.draws(key)
    guard !drawn.isEmpty else { return [] }
    for (name, value) in drawn { try graph.output(name, value) }
    let program = try graph.finish()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    let seed = UInt64(recipe.training.seed), words = [seed, seed >> 32, UInt64(number), 0, 0]
    try step.run(["key": HostTensor(words.map { UInt32(truncatingIfNeeded: $0) }, [5])])
    return try step.outputs().sorted { $0.key < $1.key }.map {
      StoredTensor(
        name: "\($0.key).\(number)", shape: $0.value.type.shape.dimensions, floats: $0.value.floats)
    }
  }

  /// Writes the description with `results` behind it.
  private func write(_ results: JSONObject...) throws {
    let optimizer = recipe.optimizer
    var description: JSONObject = [
      "batch": .integer(recipe.training.batch), "resolution": .integer(recipe.data.resolution),
      "channels": .integer(recipe.data.channels), "kind": .string(components.model.kind),
      "model": components.model.configuration,
      "betas": .array(["beta1", "beta2"].map { .number(optimizer.number($0)) }),
      "eps": .number(optimizer.number("eps")),
      "gradient_clip": .number(optimizer.gradientClip),
    ]
    for (key, value) in ([task.settings] + results).flatMap(\.members) { description[key] = value }
    try PosixFileSystem().publish(
      Array(JSONValue.object(description).document.utf8), to: folder + "/description.json")
  }
}
