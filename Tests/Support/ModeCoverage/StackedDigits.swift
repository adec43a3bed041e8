import SfumatoConfiguration
import SfumatoDatasets
import SfumatoImages
import SfumatoRandom
import SfumatoTraining

/// Three digits in the three colours of an image of 8×8, each shifted at random: 1,000 modes, after the stacked MNIST of Metz et al.
/// (Unrolled GANs, 2017, section 3.3.1).
///
/// Digits are drawn from 10 shapes and differ in where they lie alone, which is easier than handwriting; what decides on a mode is no
/// classifier, which takes everything for one, but the nearest shape: a colour counts only if it is nearer to a digit, at the best
/// place for it, than a quarter of the mean distance of two different ones.
public struct StackedDigits: CoverageTrial {
  /// Every digit at places a quarter of a pixel apart.
  private let shapes: [(digit: Int, values: [Float])]
  /// The largest mean squared distance of a colour from the shape that it counts as.
  public let limit: Double

  public init() {
    let places = Array(stride(from: -DigitShapes.shift, through: DigitShapes.shift, by: 0.25))
    shapes = (0..<DigitShapes.count).flatMap { digit in
      places.flatMap { dy in places.map { dx in (digit, DigitShapes.draw(digit, dx: dx, dy: dy)) } }
    }
    let centred = (0..<DigitShapes.count).map { DigitShapes.draw($0, dx: 0, dy: 0) }
    let distances = centred.indices.flatMap { a in
      centred.indices.filter { $0 != a }.map { Self.distance(centred[a], centred[$0]) }
    }
    limit = distances.reduce(0, +) / Double(distances.count) / 4
  }

  public var shape: (resolution: Int, channels: Int) { (DigitShapes.side, 3) }

  /// R3GAN's objective and schedules.
  public var recipe: Recipe {
    var recipe = Recipe(trial: "digits")
    recipe.model.options = ["width": 256, "depth": 3, "latent_size": 32]
    recipe.objective.options = ["gamma": 10, "final_gamma": 3]
    recipe.optimizer.options = ["beta1": 0, "beta2": 0.9, "final_beta2": 0.99]
    recipe.optimizer.learningRate = 2e-3
    recipe.optimizer.finalLearningRate = 1e-4
    recipe.optimizer.emaHalfLife = 10_000
    recipe.training.steps = 25_000
    recipe.training.batch = 128
    recipe.training.logEvery = 2500
    return recipe
  }

  public func batch(step: Int, count: Int, seed: UInt64) -> Batch {
    let stream = RandomStream(seed: seed, step: UInt64(step), purpose: .shuffle)
    var images: [Float] = []
    images.reserveCapacity(count * 3 * DigitShapes.side * DigitShapes.side)
    for number in 0..<count {
      let colours = (0..<3).map { colour in
        let first = 9 * number + 3 * colour
        func shift(_ word: Int) -> Double { (2 * stream.uniform(word) - 1) * DigitShapes.shift }
        return DigitShapes.draw(
          Int(stream.uniform(first) * Double(DigitShapes.count)), dx: shift(first + 1), dy: shift(first + 2))
      }
      for pixel in colours[0].indices { for colour in colours { images.append(colour[pixel]) } }
    }
    return Batch(images: images, count: count)
  }

  public func coverage(of values: [Float]) -> Coverage {
    let pixels = DigitShapes.side * DigitShapes.side, count = values.count / (3 * pixels)
    var counts = Array(repeating: 0, count: 1000)
    for number in 0..<count {
      let digits = (0..<3).map { colour in
        digit(of: (0..<pixels).map { values[(number * pixels + $0) * 3 + colour] })
      }
      guard let first = digits[0], let second = digits[1], let third = digits[2] else { continue }
      counts[first * 100 + second * 10 + third] += 1
    }
    return Coverage(counts: counts, total: count, leastPart: 0)
  }

  /// The digit that one colour of an image shows; nil for none.
  private func digit(of colour: [Float]) -> Int? {
    var best: (digit: Int, distance: Double)?
    for shape in shapes {
      let distance = Self.distance(colour, shape.values)
      if distance < best?.distance ?? limit { best = (shape.digit, distance) }
    }
    return best?.digit
  }

  private static func distance(_ a: [Float], _ b: [Float]) -> Double {
    var sum: Float = 0
    for index in a.indices { sum += (a[index] - b[index]) * (a[index] - b[index]) }
    return Double(sum) / Double(a.count)
  }

  /// The first 64.
  public func image(of values: [Float]) -> Image? {
    let side = DigitShapes.side
    return Image.sampleGrid(
      Image.images(
        fromNormalized: Array(values.prefix(64 * 3 * side * side)), width: side, height: side, channels: 3))
  }
}
