import SfumatoBackend
import SfumatoConfiguration
import SfumatoJSON
import SfumatoTraining

/// Times making images with an untrained model, from noise to numbers in the host's memory.
public struct SamplingBenchmark {
  /// What was found.
  public struct Result: Sendable {
    public var device: DeviceInfo
    public var recipe: Recipe
    public var sampler: String
    public var samplerSteps: Int
    /// Images generated.
    public var count: Int
    /// Images generated at once.
    public var batch: Int
    /// Evaluations of the network for all images, a batch each.
    public var evaluations: Int
    /// How long all images took.
    public var times: TimeSamples
    /// Seconds that tracing, planning, compiling and the first evaluation of the network took.
    public var firstEvaluation: Double
    /// Multiply-adds of the convolutions and matrix products of all evaluations, counted directly.
    public var multiplyAdds: Int
    /// Bytes of parameters, values and inputs of one evaluation.
    public var plannedByteCount: Int
    /// Bytes that the backend takes beside those.
    public var workspaceByteCount: Int
    /// The most bytes that this process has had at once.
    public var peakByteCount: Int?
    /// What one evaluation asks of the device; nil where a backend does not count.
    public var statistics: StepStatistics?
    /// Where the time of one evaluation goes; nil where the backend has no times of single kernels.
    public var profile: ProfileSummary?
    /// The evaluation that the trace shows.
    public var profiledRun: StepProfile?

    public var imagesPerSecond: Double { Double(count) / times.median }
    public var gigaflops: Double { 2e-9 * Double(multiplyAdds) / times.median }
  }

  private let recipe: Recipe
  private let request: SamplingRequest
  private let rounds: Int
  private let components: Components

  /// - Parameters:
  ///   - recipe: its `sampling` section says how; `count` images are generated in batches of up to `batch`.
  ///   - rounds: how often all images are generated, after evaluations of the network to warm up: one, or on a GPU until its clock is up.
  /// - Throws: what is wrong with the recipe.
  public init(_ recipe: Recipe, count: Int = 64, batch: Int = 64, rounds: Int = 3) throws {
    var recipe = recipe
    recipe.sampling.count = count
    self.recipe = recipe
    self.rounds = rounds
    components = try Components(syntheticFor: recipe)
    var request = try SamplingRequest(recipe: recipe, conditions: components.conditions)
    request.batch = batch
    self.request = request
  }

  /// - Parameter profileIsWanted: whether a backend without times of kernels is an error; it is found before anything is timed.
  /// - Throws: `RegistryError` for an unknown sampler, `SamplerError`, `BackendError`.
  public func run(on device: any Device, profileIsWanted: Bool = false) throws -> Result {
    let start = ContinuousClock.now
    let generator = try Generator(
      untrained: components, device: device, seed: UInt64(recipe.training.seed))
    let method = try generator.method(request)
    let (step, inputs) = try generator.evaluation(request)
    try step.run(inputs)
    _ = try step.outputs()
    let firstEvaluation = start.elapsed
    try WarmUp(for: device.info).run {
      try step.run(inputs)
      _ = try step.outputs()
    }
    let profiles = try (0..<3).compactMap { _ in try step.profile(inputs) }
    if profiles.isEmpty, profileIsWanted { throw BackendError.noProfile(device) }
    let times = try TimeSamples(rounds) { _ = try generator.values(request) }
    let evaluations = generator.evaluationCount / max(rounds, 1)
    return Result(
      device: device.info, recipe: recipe, sampler: method.name, samplerSteps: method.steps,
      count: request.seeds.count, batch: min(request.batch, request.seeds.count), evaluations: evaluations,
      times: times, firstEvaluation: firstEvaluation,
      multiplyAdds: step.planned.program.multiplyAdds * evaluations,
      plannedByteCount: step.planned.byteCount, workspaceByteCount: step.workspaceByteCount,
      peakByteCount: ProcessUsage.peakByteCount,
      statistics: step.statistics,
      profile: profiles.isEmpty ? nil : ProfileSummary(Array(profiles.dropFirst())),
      profiledRun: profiles.last)
  }
}

extension SamplingBenchmark.Result {
  /// Every field of `docs/bench.md`, with the longest kernels where `isDetailed`.
  public func json(isDetailed: Bool) -> JSONObject {
    let what: JSONObject = [
      "benchmark": "sample", "backend": .string(device.backend), "device": .string(device.name),
      "driver": .string(device.driver), "recipe": .string(recipe.name), "sampler": .string(sampler),
      "sampler_steps": .integer(samplerSteps), "count": .integer(count), "batch": .integer(batch),
      "resolution": .integer(recipe.data.resolution), "channels": .integer(recipe.data.channels),
      "evaluations": .integer(evaluations),
    ]
    let rates: JSONObject = [
      "images_per_second": .number(imagesPerSecond), "multiply_adds": .integer(multiplyAdds),
      "gigaflops": .number(gigaflops), "first_evaluation": .number(firstEvaluation),
      "planned_bytes": .integer(plannedByteCount), "workspace_bytes": .integer(workspaceByteCount),
      "peak_bytes": peakByteCount.map(JSONValue.integer) ?? .null,
    ]
    return what.with(times.json).with(rates).with(JSONObject(counts: statistics)).with(
      ProfileSummary.json(profile, isDetailed: isDetailed))
  }
}
