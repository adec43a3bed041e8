import ModeCoverage
import SfumatoFFTWBackend
import Testing

/// Whether a GAN finds all that there is; `mode-coverage` has the longer runs.
@Suite struct ModeCoverageTests {
  /// All 25 Gaussians are found, and most points lie at one.
  @Test func all25Gaussians() throws {
    let trial = GaussianMixture()
    var recipe = trial.recipe
    recipe.training.steps = 3000
    recipe.training.seed = 2
    let training = try CoverageRun(trial, recipe, on: FFTWBackend().open(0))
    try training.train()
    let found = trial.coverage(of: try training.examples(2500))
    print("25 Gaussians, \(recipe.training.steps) steps: \(found)")
    #expect(found.found == 25)
    #expect(found.quality > 0.7)
  }

  /// The measure itself: the mixture covers itself, one Gaussian is one, and points between are none.
  @Test func coverageOfGaussiansIsMeasured() {
    let trial = GaussianMixture()
    let points = trial.batch(step: 1, count: 5000, seed: 1).images, mixture = trial.coverage(of: points)
    #expect(mixture.found == 25 && mixture.quality > 0.999 && mixture.divergence < 0.01)
    let squares = points.map { point in
      let distance = Double(point - 2 * (point / 2).rounded())
      return distance * distance
    }
    let deviation = (squares.reduce(0, +) / Double(squares.count)).squareRoot()
    #expect(abs(deviation - GaussianMixture.deviation) < 0.002)
    let one = trial.coverage(of: Array(repeating: [2, -4], count: 50).flatMap { $0 })
    #expect(one.found == 1 && one.quality == 1)
    let none = trial.coverage(of: Array(repeating: [1, 0], count: 50).flatMap { $0 })
    #expect(none.found == 0 && none.quality == 0)
  }

  /// Digits are recognized where they lie between the places that are compared; averages of digits, and noise, are none.
  @Test func coverageOfDigitsIsMeasured() {
    let trial = StackedDigits()
    let data = trial.batch(step: 1, count: 2000, seed: 1).images
    let all = trial.coverage(of: data)
    #expect(all.quality == 1)
    // Of 1,000 modes, 2,000 draws leave out 1,000·exp(−2).
    #expect((840...890).contains(all.found))
    let size = data.count / 2000
    let others = data.dropFirst(100 * size)
    let mixed: [Float] = zip(data.prefix(100 * size), others).map { ($0 + $1) / 2 }
    #expect(trial.coverage(of: mixed).quality < 0.1)
    #expect(trial.coverage(of: Array(repeating: -1, count: 10 * size)).quality == 0)
    let one = trial.coverage(of: (0..<50).flatMap { _ in data[..<size] })
    #expect(one.found == 1 && one.quality == 1)
  }
}
