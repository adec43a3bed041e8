import SfumatoBackend
import SfumatoConfiguration
import SfumatoSamplers

/// Generates images out of noise, by a sampler.
final class DenoisingGenerator: ImageGenerator {
  private let task: DenoisingTask
  private let components: Components
  private let device: any Device
  private let state: any StateStore
  private var steps = RecentSteps<Key>()
  private(set) var evaluationCount = 0

  private var data: DataRecipe { components.recipe.data }

  private struct Key: Hashable {
    var batch: Int
    var isGuided: Bool
  }

  init(_ task: DenoisingTask, _ components: Components, device: any Device, state: any StateStore) {
    self.task = task
    self.components = components
    self.device = device
    self.state = state
  }

  func method(_ request: SamplingRequest) throws -> Generator.Method {
    let (sampler, steps) = try task.sampler(request)
    return Generator.Method(name: sampler.name, steps: steps)
  }

  func batch(
    _ request: SamplingRequest, _ rows: Range<Int>, _ trajectory: ((TrajectoryPoint) throws -> Void)?
  ) throws -> [Float] {
    let noise = noise(request, rows)
    var context = SamplingContext(denoise: try denoiser(request, rows), noise: noise.churn)
    context.trajectory = trajectory
    return try task.sampler(request).sampler.sample(
      from: noise.start(), sigmas: task.sigmas(request), options: request.options, context)
  }

  func evaluation(_ request: SamplingRequest, _ rows: Range<Int>) throws -> (
    step: any Step, inputs: [String: HostTensor]
  ) {
    let x = noise(request, rows).start().map { $0 * Float(request.sigmaMax) }
    return (try step(request, rows), inputs(x, request.sigmaMax, constants(request, rows)))
  }

  private func noise(_ request: SamplingRequest, _ rows: Range<Int>) -> SampleNoise {
    SampleNoise(
      points: Array(request.points[rows]),
      elementsPerImage: data.resolution * data.resolution * data.channels)
  }

  /// D(x; σ) for the images in `rows`, on the device.
  private func denoiser(_ request: SamplingRequest, _ rows: Range<Int>) throws -> Denoiser {
    let step = try step(request, rows), constants = constants(request, rows)
    return { x, sigma in
      self.evaluationCount += 1
      try step.run(self.inputs(x, sigma, constants))
      return try step.outputs()["denoised"]?.floats ?? []
    }
  }

  private func isGuided(_ request: SamplingRequest) -> Bool {
    !components.conditions.isEmpty && request.guidance != 1
  }

  /// What stays the same from evaluation to evaluation.
  private func constants(_ request: SamplingRequest, _ rows: Range<Int>) -> [String: HostTensor] {
    var constants = components.conditions.tensors(request.told(rows))
    if isGuided(request) { constants["scale"] = HostTensor([Float(request.guidance)], []) }
    return constants
  }

  private func inputs(_ x: [Float], _ sigma: Double, _ constants: [String: HostTensor]) -> [String:
    HostTensor]
  {
    let count = x.count / (data.resolution * data.resolution * data.channels)
    var inputs = constants
    inputs["x"] = HostTensor(x, [count, data.resolution, data.resolution, data.channels])
    inputs["sigma"] = HostTensor([Float](repeating: Float(sigma), count: count), [count])
    return inputs
  }

  private func step(_ request: SamplingRequest, _ rows: Range<Int>) throws -> any Step {
    let key = Key(batch: rows.count, isGuided: isGuided(request))
    return try steps.step(key) {
      let program = try DenoisingProgram(task, components, batch: key.batch, isGuided: key.isGuided).program
      return try device.makeStep(program, state: state)
    }
  }
}
