import SfumatoBackend
import SfumatoImages
import SfumatoNN
import SfumatoSamplers

/// Makes pictures with a model's averaged parameters.
public final class Generator {
  /// A point on the way of one batch, with its pictures as they would look if the walk ended there.
  public struct Glimpse {
    public var step: Int
    public var stepCount: Int
    public var sigma: Double
    /// The noisy pictures, scaled to unit variance, and what the model takes them for.
    public var noisy: [Image]
    public var denoised: [Image]
  }

  public let components: Components
  private let device: any Device
  private let state: any StateStore
  private var steps: [Key: any Step] = [:]
  /// How often the network has been evaluated, each time for a batch.
  public private(set) var evaluationCount = 0

  private struct Key: Hashable {
    var batch: Int
    var isGuided: Bool
  }

  /// - Parameter state: a store of `device` that holds the averaged parameters.
  init(_ components: Components, device: any Device, state: any StateStore) {
    self.components = components
    self.device = device
    self.state = state
  }

  /// A generator whose parameters have the values that training with `seed` begins with: what it makes is as fast as what a
  /// trained one makes, and as good as noise.
  public convenience init(untrained components: Components, device: any Device, seed: UInt64) throws {
    let program = try DenoisingProgram(components, batch: 1, isGuided: false)
    let state = try device.makeState(for: program.program)
    for parameter in program.parameters {
      try state.write(
        ParameterList.averagePrefix + parameter.name,
        HostTensor(parameter.initialValues(seed: seed), parameter.shape))
    }
    self.init(components, device: device, state: state)
  }

  /// The sampler that a request ends up with, and its number of steps.
  public func sampler(_ request: SamplingRequest) throws -> (sampler: Sampler, steps: Int) {
    let name = request.sampler == "auto" ? components.objective.noiseSchedule.defaultSampler : request.sampler
    let sampler = try Samplers.registry.entry(name)
    return (sampler, request.steps ?? sampler.defaultSteps)
  }

  /// The pictures of `request`, in order.
  ///
  /// - Parameter glimpse: is shown every step of every batch.
  /// - Throws: `RegistryError` for an unknown sampler or option, `SamplerError`, `TrainingError` for guidance or classes
  ///   that the model does not know.
  public func images(_ request: SamplingRequest, glimpse: ((Glimpse) throws -> Void)? = nil) throws -> [Image]
  {
    images(try values(request, glimpse: glimpse))
  }

  /// The pictures of `request` as numbers, (N, H, W, C), not yet held inside [-1, 1]; otherwise as `images`.
  public func values(_ request: SamplingRequest, glimpse: ((Glimpse) throws -> Void)? = nil) throws -> [Float]
  {
    if components.nullLabel == nil, request.guidance != 1 || request.labels.contains(where: { $0 != nil }) {
      throw TrainingError.inapplicable(
        option: "guidance or class", reason: "this model was trained without classes; leave it out")
    }
    let (sampler, count) = try sampler(request)
    let sigmas = try components.objective.noiseSchedule.adapted(to: request).sigmas(steps: count)
    var values: [Float] = []
    for first in stride(from: 0, to: request.seeds.count, by: request.batch) {
      let rows = first..<min(first + request.batch, request.seeds.count)
      values += try batch(request, rows, sampler, sigmas, glimpse)
    }
    return values
  }

  private func batch(
    _ request: SamplingRequest, _ rows: Range<Int>, _ sampler: Sampler, _ sigmas: [Double],
    _ glimpse: ((Glimpse) throws -> Void)?
  ) throws -> [Float] {
    let data = components.recipe.data
    let noise = SampleNoise(
      seeds: Array(request.seeds[rows]), elementsPerImage: data.resolution * data.resolution * data.channels)
    var context = SamplingContext(denoise: try denoiser(request, rows), noise: noise.churn)
    if let glimpse {
      context.trajectory = { point in
        let scale = Float(1 / (1 + point.sigma * point.sigma).squareRoot())
        try glimpse(
          Glimpse(
            step: point.step, stepCount: point.stepCount, sigma: point.sigma,
            noisy: self.images(point.x.map { $0 * scale }), denoised: self.images(point.denoised)))
      }
    }
    return try sampler.sample(from: noise.start(), sigmas: sigmas, options: request.options, context)
  }

  /// The first evaluation of the network for `request`: the compiled program, and inputs for it.
  public func evaluation(_ request: SamplingRequest) throws -> (step: any Step, inputs: [String: HostTensor])
  {
    let rows = 0..<min(request.batch, request.seeds.count)
    let elements = components.recipe.data.resolution * components.recipe.data.resolution
    let noise = SampleNoise(
      seeds: Array(request.seeds[rows]), elementsPerImage: elements * components.recipe.data.channels)
    return (
      try step(request, rows),
      inputs(noise.start().map { $0 * Float(request.sigmaMax) }, request.sigmaMax, constants(request, rows))
    )
  }

  /// D(x; σ) for the pictures in `rows`, on the device.
  private func denoiser(_ request: SamplingRequest, _ rows: Range<Int>) throws -> Denoiser {
    let step = try step(request, rows), constants = constants(request, rows)
    return { x, sigma in
      self.evaluationCount += 1
      try step.run(self.inputs(x, sigma, constants))
      return try step.outputs()["denoised"]?.floats ?? []
    }
  }

  private func isGuided(_ request: SamplingRequest) -> Bool {
    components.nullLabel != nil && request.guidance != 1
  }

  /// What stays the same from evaluation to evaluation.
  private func constants(_ request: SamplingRequest, _ rows: Range<Int>) -> [String: HostTensor] {
    var constants: [String: HostTensor] = [:]
    if let null = components.nullLabel {
      let labels = rows.map { Int32(request.labels[$0] ?? null) }
      constants["labels"] = HostTensor(labels, [rows.count])
    }
    if isGuided(request) { constants["scale"] = HostTensor([Float(request.guidance)], []) }
    return constants
  }

  private func inputs(_ x: [Float], _ sigma: Double, _ constants: [String: HostTensor]) -> [String:
    HostTensor]
  {
    let data = components.recipe.data
    let count = x.count / (data.resolution * data.resolution * data.channels)
    var inputs = constants
    inputs["x"] = HostTensor(x, [count, data.resolution, data.resolution, data.channels])
    inputs["sigma"] = HostTensor([Float](repeating: Float(sigma), count: count), [count])
    return inputs
  }

  private func step(_ request: SamplingRequest, _ rows: Range<Int>) throws -> any Step {
    try step(Key(batch: rows.count, isGuided: isGuided(request)))
  }

  private func step(_ key: Key) throws -> any Step {
    if let known = steps[key] { return known }
    let program = try DenoisingProgram(components, batch: key.batch, isGuided: key.isGuided).program
    let step = try device.makeStep(program, state: state)
    steps[key] = step
    return step
  }

  private func images(_ values: [Float]) -> [Image] {
    let data = components.recipe.data
    return Image.images(
      fromNormalized: values, width: data.resolution, height: data.resolution, channels: data.channels)
  }
}

extension NoiseSchedule {
  /// The sampler that suits models trained along this schedule.
  fileprivate var defaultSampler: String {
    switch self {
    case .karras: "heun"
    case .timesteps: "ddim"
    case .flow: "flow-euler"
    }
  }

  /// This schedule with the levels that a request asks for.
  fileprivate func adapted(to request: SamplingRequest) -> NoiseSchedule {
    switch self {
    case .karras: .karras(sigmaMin: request.sigmaMin, sigmaMax: request.sigmaMax, rho: request.rho)
    case .timesteps(let betas, let spacing):
      .timesteps(betas, spacing: TimestepSpacing(rawValue: request.timestepSpacing) ?? spacing)
    case .flow: self
    }
  }
}
