import SfumatoConfiguration
import SfumatoRegistry
import SfumatoSamplers

/// Which images to make, and how.
public struct SamplingRequest: Sendable {
  /// Where each image's noise lies, on which alone what it shows depends.
  public var points: [NoisePoint]
  /// The class of each image; nil for none.
  public var labels: [Int?]
  /// 1 follows the class as it is, more exaggerates it.
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
  /// Images made at once.
  public var batch: Int

  /// What a recipe's `sampling` section says, with seeds 0, 1, … and, for a model with classes but no class
  /// named, each class in turn.
  ///
  /// - Throws: `TrainingError.unknownClass` for a class, by name or number, that is none of `classes`.
  public init(recipe: Recipe, classes: [String]) throws(TrainingError) {
    let sampling = recipe.sampling
    points = (0..<sampling.count).map { NoisePoint(UInt64($0)) }
    let named = try sampling.label.map { label throws(TrainingError) in try Self.index(of: label, in: classes)
    }
    labels = (0..<sampling.count).map { classes.isEmpty ? nil : named ?? $0 % classes.count }
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

  private static func index(of label: String, in classes: [String]) throws(TrainingError) -> Int {
    if let index = classes.firstIndex(of: label) { return index }
    guard let number = Int(label), classes.indices.contains(number) else {
      throw .unknownClass(name: label, classes: classes)
    }
    return number
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
    if !isConditional, request.guidance != 1 || request.labels.contains(where: { $0 != nil }) {
      throw TrainingError.inapplicable(
        option: "guidance or class", reason: "this model was trained without classes; leave it out")
    }
    try task.check(request)
  }
}
