import SfumatoBackend
import SfumatoImages
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
    if components.nullLabel == nil, request.guidance != 1 || request.labels.contains(where: { $0 != nil }) {
      throw TrainingError.inapplicable(
        option: "guidance or class", reason: "this model was trained without classes; leave it out")
    }
    let (sampler, count) = try sampler(request)
    let sigmas = try components.objective.noiseSchedule.adapted(to: request).sigmas(steps: count)
    var images: [Image] = []
    for first in stride(from: 0, to: request.seeds.count, by: request.batch) {
      let rows = first..<min(first + request.batch, request.seeds.count)
      images += try batch(request, rows, sampler, sigmas, glimpse)
    }
    return images
  }

  private func batch(
    _ request: SamplingRequest, _ rows: Range<Int>, _ sampler: Sampler, _ sigmas: [Double],
    _ glimpse: ((Glimpse) throws -> Void)?
  ) throws -> [Image] {
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
    return images(try sampler.sample(from: noise.start(), sigmas: sigmas, options: request.options, context))
  }

  /// D(x; σ) for the pictures in `rows`, on the device.
  private func denoiser(_ request: SamplingRequest, _ rows: Range<Int>) throws -> Denoiser {
    let data = components.recipe.data
    let isGuided = components.nullLabel != nil && request.guidance != 1
    let step = try step(Key(batch: rows.count, isGuided: isGuided))
    var constant: [String: HostTensor] = [:]
    if let null = components.nullLabel {
      let labels = rows.map { Int32(request.labels[$0] ?? null) }
      constant["labels"] = HostTensor(labels, [rows.count])
    }
    if isGuided { constant["scale"] = HostTensor([Float(request.guidance)], []) }
    return { x, sigma in
      var inputs = constant
      inputs["x"] = HostTensor(x, [rows.count, data.resolution, data.resolution, data.channels])
      inputs["sigma"] = HostTensor([Float](repeating: Float(sigma), count: rows.count), [rows.count])
      try step.run(inputs)
      return try step.outputs()["denoised"]?.floats ?? []
    }
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
