import SfumatoBackend
import SfumatoConfiguration
import SfumatoJSON
import SfumatoTraining

/// Compiles what training and sampling a recipe run, so that a device chooses, and remembers, how each layer is computed.
public struct RecipeTuning: Sendable {
  public let device: DeviceInfo
  /// What steps rest on, an object a kind of choice, in a form of the backend's own.
  public let choices: JSONObject
  /// Seconds that compiling, and measuring where it was needed, took.
  public let seconds: Double
  /// What the device's compiler says of the kernels, each once; empty where it was not asked or does not tell.
  public let kernelReports: [KernelReport]
  /// What people should know, a line each.
  public let notes: [String]

  /// - Throws: what is wrong with the recipe; `BackendError.unsupported` for a device that has nothing to choose.
  public init(_ recipe: Recipe, on device: any Device) throws {
    guard let tunable = device as? any TunableDevice else {
      throw BackendError.unsupported(
        backend: device.info.backend, operation: "tune", problem: "it has one algorithm for everything")
    }
    let start = ContinuousClock.now
    let components = try Components(syntheticFor: recipe)
    let training = try TrainingStep(TrainingPlan(components, device: device), device: device)
    let generator = try Generator(
      untrained: components, device: device, seed: UInt64(recipe.training.seed))
    let request = try SamplingRequest(recipe: recipe, conditions: components.conditions)
    let (sampling, _) = try generator.evaluation(request)
    self.device = device.info
    choices = tunable.tuning
    seconds = start.elapsed
    notes = training.notes + sampling.notes
    var seen: Set<KernelReport> = []
    kernelReports = try (training.kernelReports + sampling.kernelReports).filter { seen.insert($0).inserted }
  }

  /// What is computed how: those choices that are names.
  public var algorithms: [(what: String, algorithm: String)] {
    choices.members.flatMap { _, section in
      (section.object?.members ?? []).compactMap { what, algorithm in
        algorithm.string.flatMap { $0.count < 40 ? (what, $0) : nil }
      }
    }
  }
}
