import SfumatoBackend
import SfumatoConditions
import SfumatoJSON

/// Watches whether what a generator makes still differs from image to image.
///
/// The diversity of images is the mean over all their numbers of the standard deviation from image to image. That of a fixed
/// batch of one class, generated with the averaged parameters, is held against that of real images of this class.
final class DiversityWatch: TrainingWatch {
  /// The member of `state.json` that keeps `best`.
  static let key = "best_diversity"
  /// Below this part of the real images' diversity a generator has collapsed, if it was once above `risen`.
  private static let fallen = 0.05, risen = 0.2
  /// Images in the fixed batch.
  private static let count = 16

  private let generator: Generator
  private let request: SamplingRequest
  private let real: Double
  /// The highest so far, of the whole run.
  private(set) var best: Double

  /// - Parameters:
  ///   - values: what the generated images are told.
  ///   - real: numbers of real images that are told the same, one after another.
  ///   - best: the highest before this part of the run; 0 at its beginning.
  init(_ generator: Generator, told values: ConditionValues = ConditionValues(), real: [Float], best: Double)
    throws
  {
    self.generator = generator
    let components = generator.components, data = components.recipe.data
    var request = try SamplingRequest(recipe: components.recipe, conditions: components.conditions)
    request.seeds = (0..<UInt64(Self.count)).map { $0 }
    request.conditions = Array(repeating: values, count: Self.count)
    self.request = request
    self.real = Self.diversity(real, size: data.resolution * data.resolution * data.channels)
    self.best = best
  }

  var kept: (key: String, value: JSONValue)? { (Self.key, .number(best)) }

  func look(step: Int, checkpoint: String?) throws -> [StepMetrics.Value] {
    let (diversity, hasCollapsed) = try look()
    if hasCollapsed {
      throw TrainingError.collapsed(diversity: diversity, best: best, step: step, checkpoint: checkpoint)
    }
    return [StepMetrics.Value(name: "diversity", value: diversity)]
  }

  /// The diversity of the fixed batch now, and whether the generator has collapsed.
  func look() throws -> (diversity: Double, hasCollapsed: Bool) {
    let values = try generator.values(request)
    let diversity = Self.diversity(values, size: values.count / Self.count)
    best = max(best, diversity)
    return (diversity, best > Self.risen * real && diversity < Self.fallen * real)
  }

  /// - Parameter size: numbers of one image.
  static func diversity(_ values: [Float], size: Int) -> Double {
    let count = values.count / max(1, size)
    guard count > 1, size > 0 else { return 0 }
    var sum = 0.0
    for element in 0..<size {
      let column = (0..<count).map { Double(values[$0 * size + element]) }
      let mean = column.reduce(0, +) / Double(count)
      sum += (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    }
    return sum / Double(size)
  }
}
