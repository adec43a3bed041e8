import SfumatoBackend
import SfumatoGraph
import SfumatoImages
import SfumatoNN
import SfumatoSamplers

/// Makes images with a model's averaged parameters.
public final class Generator {
  /// A point on the trajectory of one batch, with its images as they would look if the loop ended there.
  public struct Preview {
    public var step: Int
    public var stepCount: Int
    public var sigma: Double
    /// The noisy images, scaled to unit variance, and what the model takes them for.
    public var noisy: [Image]
    public var denoised: [Image]
  }

  /// How a request's images are generated.
  public struct Method: Sendable {
    /// The sampler's name, or `generator`.
    public var name: String
    /// Its steps; one for a generator.
    public var steps: Int
  }

  public let components: Components
  private let generator: any ImageGenerator

  /// - Parameter state: a store of `device` that holds the averaged parameters.
  /// - Throws: `TrainingError.inapplicable` where the task generates no images.
  init(_ components: Components, device: any Device, state: any StateStore) throws {
    guard let generator = components.task.imageGenerator(components, device: device, state: state) else {
      throw Self.generatesNone(components)
    }
    self.components = components
    self.generator = generator
  }

  private static func generatesNone(_ components: Components) -> TrainingError {
    .inapplicable(option: "sampling", reason: "the model \(components.model.kind) generates no images")
  }

  /// As `TrainingTask.samplingProgram`.
  static func program(_ components: Components) throws -> (program: Program, parameters: [Parameter]) {
    guard let traced = try components.task.samplingProgram(components) else {
      throw generatesNone(components)
    }
    return traced
  }

  /// A generator whose parameters have the values that training with `seed` begins with: what it makes is as fast as what a
  /// trained one makes, and as good as noise.
  public convenience init(untrained components: Components, device: any Device, seed: UInt64) throws {
    let (program, parameters) = try Self.program(components)
    let state = try device.makeState(for: program)
    for parameter in parameters {
      try state.write(
        ParameterList.averagePrefix + parameter.name,
        HostTensor(parameter.initialValues(seed: seed), parameter.shape))
    }
    try self.init(components, device: device, state: state)
  }

  /// How often the network has been evaluated, each time for a batch.
  public var evaluationCount: Int { generator.evaluationCount }

  /// The method that a request ends up with.
  ///
  /// - Throws: `RegistryError` for an unknown sampler.
  public func method(_ request: SamplingRequest) throws -> Method { try generator.method(request) }

  /// The images of `request`, in order.
  ///
  /// - Parameter preview: is shown every step of every batch; a generator shows its images.
  /// - Throws: `RegistryError` for an unknown sampler or option, `SamplerError`, `TrainingError` for what the model has no use for.
  public func images(_ request: SamplingRequest, preview: ((Preview) throws -> Void)? = nil) throws -> [Image]
  {
    images(try values(request, preview: preview))
  }

  /// The images of `request` as numbers, (N, H, W, C), not yet held inside [-1, 1]; otherwise as `images`.
  public func values(_ request: SamplingRequest, preview: ((Preview) throws -> Void)? = nil) throws -> [Float]
  {
    try components.check(request)
    let trajectory = preview.map { preview in
      { (point: TrajectoryPoint) in
        let scale = Float(1 / (1 + point.sigma * point.sigma).squareRoot())
        try preview(
          Preview(
            step: point.step, stepCount: point.stepCount, sigma: point.sigma,
            noisy: self.images(point.x.map { $0 * scale }), denoised: self.images(point.denoised)))
      }
    }
    var values: [Float] = []
    for first in stride(from: 0, to: request.points.count, by: request.batch) {
      let rows = first..<min(first + request.batch, request.points.count)
      values += try generator.batch(request, rows, trajectory)
    }
    return values
  }

  /// The first evaluation of the network for `request`: the compiled program, and inputs for it.
  public func evaluation(_ request: SamplingRequest) throws -> (step: any Step, inputs: [String: HostTensor])
  {
    try generator.evaluation(request, 0..<min(request.batch, request.points.count))
  }

  private func images(_ values: [Float]) -> [Image] {
    let data = components.recipe.data
    return Image.images(
      fromNormalized: values, width: data.resolution, height: data.resolution, channels: data.channels)
  }
}
