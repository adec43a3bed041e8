import SfumatoConfiguration
import SfumatoDatasets
import SfumatoImages
import SfumatoRandom

/// 25 Gaussians on a 5×5 grid in the plane, the classic trial of mode coverage: points of even numbers −4, −2, … 4, each with a
/// deviation of 0.05. A point belongs to a Gaussian within 4 deviations of its centre; one is found that has a fifth of its points.
public struct GaussianMixture: CoverageTrial {
  public static let deviation = 0.05
  private static let side = 5

  public init() {}

  /// A point is an image of one pixel.
  public var shape: (resolution: Int, channels: Int) { (1, 2) }

  /// R3GAN's objective and schedules.
  public var recipe: Recipe {
    var recipe = Recipe(trial: "gaussians")
    recipe.model.options = ["width": 128, "depth": 4, "latent_size": 2, "spread": 3]
    recipe.objective.options = ["gamma": 0.3, "final_gamma": 0.003]
    recipe.optimizer.options = ["beta1": 0, "beta2": 0.95, "final_beta2": 0.99]
    recipe.optimizer.learningRate = 4e-3
    recipe.optimizer.finalLearningRate = 5e-5
    recipe.optimizer.emaHalfLife = 25_600
    recipe.training.steps = 20_000
    recipe.training.batch = 512
    recipe.training.logEvery = 2000
    return recipe
  }

  public func batch(step: Int, count: Int, seed: UInt64) -> Batch {
    let stream = RandomStream(seed: seed, step: UInt64(step), purpose: .shuffle)
    let noise = RandomStream(seed: seed, step: UInt64(step), purpose: .noise).normals(2 * count)
    let points = (0..<2 * count).map { number -> Float in
      Float(Self.centre(Int(stream.uniform(number) * Double(Self.side)))) + Float(Self.deviation)
        * noise[number]
    }
    return Batch(images: points, count: count)
  }

  private static func centre(_ index: Int) -> Double { Double(2 * index - (side - 1)) }

  public func coverage(of values: [Float]) -> Coverage {
    let side = Self.side, count = values.count / 2
    var counts = Array(repeating: 0, count: side * side)
    for number in 0..<count {
      let (x, y) = (Double(values[2 * number]), Double(values[2 * number + 1]))
      func nearest(_ value: Double) -> Int {
        min(side - 1, max(0, Int(((value - Self.centre(0)) / 2).rounded())))
      }
      let (column, row) = (nearest(x), nearest(y))
      let (dx, dy) = (x - Self.centre(column), y - Self.centre(row))
      if (dx * dx + dy * dy).squareRoot() <= 4 * Self.deviation { counts[row * side + column] += 1 }
    }
    return Coverage(counts: counts, total: count, leastPart: 0.2)
  }

  /// All points from −5 to 5 along both axes, black on white.
  public func image(of values: [Float]) -> Image? {
    let size = 500
    var image = Image(width: size, height: size, channels: 1, filledWith: .white)
    for number in 0..<values.count / 2 {
      let (x, y) = (values[2 * number], values[2 * number + 1])
      guard abs(x) < 5, abs(y) < 5 else { continue }
      image.pixels[Int((5 - y) / 10 * Float(size)) * size + Int((x + 5) / 10 * Float(size))] = 0
    }
    return image
  }
}
