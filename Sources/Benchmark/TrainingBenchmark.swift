import SfumatoBackend
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoJSON
import SfumatoTraining

/// Times a recipe's training step on synthetic images, from the images in the host's memory to the loss.
public struct TrainingBenchmark {
  /// What was found.
  public struct Result: Sendable {
    public var device: DeviceInfo
    public var recipe: Recipe
    public var parameterCount: Int
    public var times: TimeSamples
    /// Each phase on its own, those that take turns included; empty where a step has only one.
    public var phases: [(name: String, times: TimeSamples)]
    /// Seconds that tracing, planning, compiling and the first step took.
    public var firstStep: Double
    /// Seconds from the start of the process to the end of the first step.
    public var startToFirstStep: Double?
    /// Multiply-adds of the convolutions and matrix products of a step, counted directly.
    public var multiplyAdds: Int
    /// Bytes of states, values and inputs.
    public var plannedByteCount: Int
    /// Bytes that the backend takes beside those.
    public var workspaceByteCount: Int
    /// The most bytes that this process has had at once.
    public var peakByteCount: Int?
    /// The loss after the last step, of as many as the device took to be as fast as it gets.
    public var loss: Double
    public var statistics: StepStatistics?
    /// Where the time goes; nil where the backend has no times of single kernels.
    public var profile: ProfileSummary?
    /// The run that the trace shows.
    public var profiledRun: StepProfile?
    /// What people should know about how the step runs.
    public var notes: [String]

    public var imagesPerSecond: Double { Double(recipe.training.batch) / times.median }
    public var gigaflops: Double { 2e-9 * Double(multiplyAdds) / times.median }
  }

  private let recipe: Recipe
  private let steps: Int
  private let profiledSteps: Int

  /// - Parameters:
  ///   - steps: that are timed, after three that are not and, on a GPU, some until its clock is up.
  ///   - profiledSteps: after those, from which the times of kernels are taken.
  public init(_ recipe: Recipe, steps: Int = 10, profiledSteps: Int = 3) {
    self.recipe = recipe
    self.steps = steps
    self.profiledSteps = profiledSteps
  }

  /// - Parameter profileIsWanted: whether a backend without times of kernels is an error; it is found before anything is timed.
  /// - Throws: what is wrong with the recipe, `BackendError`.
  public func run(on device: any Device, profileIsWanted: Bool = false) throws -> Result {
    let start = ContinuousClock.now
    let components = try Components(syntheticFor: recipe)
    let plan = try TrainingPlan(components, device: device)
    let step = try TrainingStep(plan, device: device)
    let batch = Batch(syntheticFor: components, step: 1)
    var number = 0
    func train() throws {
      number += 1
      try step.run(step: number, batch)
      _ = try step.metrics()
    }
    try train()
    let firstStep = start.elapsed, age = ProcessUsage.age
    try train()
    number += 1
    var profiles = try [step.profile(step: number, batch)].compactMap { $0 }
    if profiles.isEmpty, profileIsWanted { throw BackendError.noProfile(device) }
    // Without a profile nothing has run.
    if profiles.isEmpty { try step.run(step: number, batch) }
    _ = try step.metrics()
    try WarmUp(for: device.info).run(train)
    let times = try TimeSamples(steps, train)
    let names = step.phaseNames.count > 1 ? step.phaseNames : []
    let phases = try names.enumerated().map { place, name in
      (
        name,
        try TimeSamples(steps) {
          try step.run(step: number, batch, phase: place)
          _ = try step.metrics()
        }
      )
    }
    // The loss is that of a whole step.
    if !phases.isEmpty { try train() }
    if !profiles.isEmpty {
      // The one before was a warm-up.
      profiles = try (0..<max(profiledSteps, 1)).compactMap { _ in
        number += 1
        return try step.profile(step: number, batch)
      }
    }
    return Result(
      device: device.info, recipe: recipe, parameterCount: plan.parameterCount, times: times,
      phases: phases, firstStep: firstStep, startToFirstStep: age, multiplyAdds: plan.multiplyAdds,
      plannedByteCount: plan.byteCount, workspaceByteCount: step.workspaceByteCount,
      peakByteCount: ProcessUsage.peakByteCount,
      loss: try step.metrics().loss, statistics: step.statistics,
      profile: profiles.isEmpty ? nil : ProfileSummary(profiles), profiledRun: profiles.last,
      notes: step.notes)
  }
}

extension TrainingBenchmark.Result {
  /// Every field of `docs/bench.md`, with the longest kernels where `isDetailed`.
  public func json(isDetailed: Bool) -> JSONObject {
    let shape: JSONObject = [
      "benchmark": "train", "backend": .string(device.backend), "device": .string(device.name),
      "driver": .string(device.driver), "recipe": .string(recipe.name),
      "batch": .integer(recipe.training.batch), "resolution": .integer(recipe.data.resolution),
      "channels": .integer(recipe.data.channels), "parameters": .integer(parameterCount),
      "precision": .string(recipe.training.precision),
    ]
    let rates: JSONObject = [
      "images_per_second": .number(imagesPerSecond), "multiply_adds": .integer(multiplyAdds),
      "gigaflops": .number(gigaflops), "first_step": .number(firstStep),
      "start_to_first_step": startToFirstStep.map(JSONValue.number) ?? .null,
      "planned_bytes": .integer(plannedByteCount), "workspace_bytes": .integer(workspaceByteCount),
      "peak_bytes": peakByteCount.map(JSONValue.integer) ?? .null,
      "device_bytes": device.kind == .cpu ? .null : .integer(plannedByteCount), "loss": .number(loss),
    ]
    let told: JSONObject = ["notes": .array(notes.map(JSONValue.string))]
    let parts = JSONObject(phases: phases)
    return shape.with(times.json).with(parts).with(rates).with(JSONObject(counts: statistics)).with(told)
      .with(
        ProfileSummary.json(profile, isDetailed: isDetailed))
  }
}

extension BackendError {
  /// A profile was asked for where there is none.
  static func noProfile(_ device: any Device) -> BackendError {
    .unsupported(
      backend: device.info.backend, operation: "profile",
      problem:
        "it has no times of single kernels yet; leave out --profile and --trace, or choose --backend fftw")
  }
}

extension JSONObject {
  /// The median seconds of each phase; nothing where a step has only one.
  fileprivate init(phases: [(name: String, times: TimeSamples)]) {
    self.init()
    guard !phases.isEmpty else { return }
    self["phases"] = .array(phases.map { ["name": .string($0.name), "seconds": .number($0.times.median)] })
  }
}
