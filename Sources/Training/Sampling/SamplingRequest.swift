import SfumatoConditions
import SfumatoConfiguration
import SfumatoRegistry
import SfumatoSamplers

/// Which images to generate, and how.
public struct SamplingRequest: Sendable {
  /// Where each image's noise lies, on which alone what it shows depends.
  public var points: [NoisePoint]
  /// What each image is told.
  public var conditions: [ConditionValues]
  /// 1 follows the conditions as they are, more exaggerates them.
  public var guidance: Double
  /// What latent vectors are multiplied by; below 1 images differ less and fail less.
  public var truncation: Double
  /// The sampler's name, or `auto` for the objective's own.
  public var sampler: String
  /// Steps; the sampler's default when nil.
  public var steps: Int?
  public var options: [String: OptionValue]
  /// Noise levels, where the objective's schedule takes them.
  public var sigmaMin: Double
  public var sigmaMax: Double
  public var rho: Double
  public var timestepSpacing: String
  /// Images generated at once.
  public var batch: Int

  /// What a recipe's `sampling` section says, with seeds 0, 1, …; of conditions that it does not name, images are told what is usual.
  ///
  /// - Parameter known: the conditions that the model is told.
  /// - Throws: `ConditionError` for a condition that is none of them, or words that mean nothing to it.
  public init(recipe: Recipe, conditions known: ConditionSet = .none) throws {
    let sampling = recipe.sampling, words = sampling.words
    points = (0..<sampling.count).map { NoisePoint(UInt64($0)) }
    conditions = try (0..<sampling.count).map { try known.values(image: $0, words) }
    guidance = sampling.guidance
    truncation = sampling.truncation
    sampler = sampling.sampler
    steps = sampling.steps
    options = sampling.options
    sigmaMin = sampling.sigmaMin
    sigmaMax = sampling.sigmaMax
    rho = sampling.rho
    timestepSpacing = sampling.timestepSpacing
    batch = 64
  }

  /// What the images in `rows` are told: nothing where there are fewer `conditions` than points.
  public func told(_ rows: Range<Int>) -> [ConditionValues] {
    rows.map { conditions.indices.contains($0) ? conditions[$0] : ConditionValues() }
  }

  /// The seeds of the images; of those between seeds, what they come from.
  public var seeds: [UInt64] {
    get { points.map(\.seed) }
    set { points = newValue.map { NoisePoint($0) } }
  }
}

extension Components {
  /// - Throws: for what of `request` the model has no use for, or that does not fit together.
  func check(_ request: SamplingRequest) throws {
    if conditions.isEmpty, request.guidance != 1 || request.conditions.contains(where: { !$0.isEmpty }) {
      throw TrainingError.inapplicable(
        option: "guidance or condition",
        reason: "this model was trained without conditions such as classes; leave it out")
    }
    try task.check(request)
  }
}
