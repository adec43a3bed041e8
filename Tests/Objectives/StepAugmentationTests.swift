import Foundation
import SfumatoAutodiff
import SfumatoGraph
import SfumatoObjectives
import SfumatoOracle
import Testing

/// What augmentation inside of a step does to images. Images are of 16×16, without structure unless a test says so.
@Suite struct StepAugmentationTests {
  typealias Transformation = StepAugmentation.Transformation
  private static let side = 16

  /// Values of (N, H, W, C).
  private struct Images: Equatable {
    var shape: Shape
    var values: [Double]

    init(_ count: Int, channels: Int = 3, _ value: (_ n: Int, _ y: Int, _ x: Int, _ c: Int) -> Double) {
      shape = [count, side, side, channels]
      values = (0..<shape.count).map {
        let pixel = $0 / channels
        return value(pixel / (side * side), pixel / side % side, pixel % side, $0 % channels)
      }
    }

    /// Every image of a batch the same, and no value like its neighbours'.
    static func rough(_ count: Int, channels: Int = 3) -> Images {
      Images(count, channels: channels) { _, y, x, c in
        sin(Double(1 + 7 * y * y + 13 * x + 29 * x * y + 5 * c))
      }
    }

    var count: Int { shape[0] }
    subscript(_ n: Int, _ y: Int, _ x: Int, _ c: Int = 0) -> Double {
      values[((n * side + y) * side + x) * shape[3] + c]
    }
    /// Image number `n` alone.
    subscript(n: Int) -> [Double] {
      Array(values[n * shape.count / count..<(n + 1) * shape.count / count])
    }
  }

  /// Images as a discriminator should see them.
  private func augmented(
    _ images: Images, _ transformations: Set<Transformation>, probability: Double = 1, stream: UInt32 = 0
  ) throws -> Images {
    let graph = GraphBuilder()
    let result = try StepAugmentation(transformations, probability: 0.9)(
      graph.input("x", .f32, images.shape), key: graph.input("key", .u32, [5]),
      probability: graph.constant(probability), stream: stream)
    try graph.output("y", result)
    let found = try evaluate(graph.finish(), inputs: ["x": images.values, "key": [5, 0, 2, 0, 0]]).outputs[
      "y"]
    var seen = images
    seen.values = try #require(found)
    return seen
  }

  private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    return (mean, variance.squareRoot())
  }

  @Test(arguments: Transformation.allCases)
  func atProbabilityZeroNothingChanges(transformation: Transformation) throws {
    let images = Images.rough(8), seen = try augmented(images, [transformation], probability: 0)
    let largest = zip(images.values, seen.values).map { abs($0 - $1) }.max() ?? 1
    #expect(largest <= (transformation == .color ? 1e-12 : 0))
    #expect(try augmented(images, [transformation]) != images)
  }

  @Test func nothingIsTracedWithoutTransformations() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [1, 8, 8, 3]), key = try graph.input("key", .u32, [5])
    for inactive in [StepAugmentation(probability: 0.5), StepAugmentation([.flip], probability: 0)] {
      #expect(!inactive.isActive && !inactive.isAdaptive)
      #expect(try inactive(x, key: key, probability: graph.constant(1), stream: 0).id == x.id)
    }
    #expect(StepAugmentation([.flip], schedule: .adaptive, probability: 0.5).isAdaptive)
  }

  /// Draws belong to calls.
  @Test func streamsDiffer() throws {
    let images = Images.rough(16), all = Set(Transformation.allCases)
    let seen = try (0..<4).map { try augmented(images, all, stream: $0).values }
    #expect(Set(seen).count == 4)
  }

  /// A probability of one half changes about half of the images, and those that it changes at all.
  @Test func theProbabilityIsThatOfAChange() throws {
    let images = Images.rough(512, channels: 1)
    let seen = try augmented(images, [.cutout], probability: 0.5)
    let changed = (0..<512).filter { seen[$0] != images[$0] }.count
    #expect(abs(Double(changed) / 512 - 0.5) < 0.08)
  }

  @Test func aFlipGivesTheImageOrItsMirrorImage() throws {
    let images = Images.rough(64), seen = try augmented(images, [.flip])
    let mirrored = Images(64) { images[$0, $1, Self.side - 1 - $2, $3] }
    let isSame = (0..<64).map { seen[$0] == images[$0] },
      isMirror = (0..<64).map { seen[$0] == mirrored[$0] }
    #expect(zip(isSame, isMirror).allSatisfy { $0 != $1 })
    #expect((16...48).contains(isSame.filter { $0 }.count))
  }

  /// Moved by up to an eighth, that is 2 pixels; beyond its edges an image goes on as it ends.
  @Test func translationsAreOfWholePixels() throws {
    let images = Images.rough(256), seen = try augmented(images, [.translate])
    func inside(_ position: Int) -> Int { min(max(position, 0), Self.side - 1) }
    var found: [Int: Int] = [:]
    for n in 0..<256 {
      let image = seen[n]
      let shift = (0..<25).filter { shift in
        Images(1) { images[n, inside($1 - (shift / 5 - 2)), inside($2 - (shift % 5 - 2)), $3] }.values
          == image
      }
      #expect(shift.count == 1, "image \(n)")
      for shift in shift { found[shift, default: 0] += 1 }
    }
    #expect(found.count == 25 && (found.values.max() ?? 0) < 30)
  }

  /// A ramp, turned, is as steep as before, and has the same middle.
  @Test func rotationsTurnAboutTheMiddle() throws {
    let ramps = Images(128, channels: 1) { _, y, x, _ in 0.3 * Double(x) - 0.1 * Double(y) }
    let seen = try augmented(ramps, [.rotate])
    var quadrants: Set<Int> = []
    for n in 0..<128 {
      let (across, down) = slopes(seen, n)
      #expect(abs(across * across + down * down - 0.1) < 1e-9)
      #expect(abs(seen[n, 7, 7] + seen[n, 8, 8] - 3) < 1e-9)
      quadrants.insert((across > 0 ? 1 : 0) + (down > 0 ? 2 : 0))
    }
    #expect(quadrants.count == 4)
  }

  /// A ramp, scaled by 2^(0.2·n), is flatter by as much along both axes.
  @Test func scalesAreLogNormal() throws {
    let ramps = Images(512, channels: 1) { _, y, x, _ in 0.3 * Double(x) - 0.1 * Double(y) }
    let seen = try augmented(ramps, [.scale])
    let exponents = (0..<512).map { n in
      let (across, down) = slopes(seen, n)
      #expect(abs(across / 0.3 - down / -0.1) < 1e-9)
      #expect(abs(seen[n, 7, 7] + seen[n, 8, 8] - 3) < 1e-9)
      return -log2(across / 0.3) / 0.2
    }
    let (mean, deviation) = moments(exponents)
    #expect(abs(mean) < 0.15 && abs(deviation - 1) < 0.1)
  }

  /// The slope of image `n` in its middle, along x and y.
  private func slopes(_ images: Images, _ n: Int) -> (across: Double, down: Double) {
    (images[n, 7, 8] - images[n, 7, 7], images[n, 8, 7] - images[n, 7, 7])
  }

  /// (x + b)·k of an image without colours.
  @Test func brightnessAndContrastOfGreyImages() throws {
    let images = Images(1024, channels: 1) { _, _, x, _ in Double(x) / 8 - 1 }
    let seen = try augmented(images, [.color])
    var brightness: [Double] = [], contrast: [Double] = []
    for n in 0..<1024 {
      let zero = seen[n, 0, 8], factor = seen[n, 5, 15] - seen[n, 3, 7]
      for x in 0..<Self.side { #expect(abs(seen[n, 2, x] - (zero + factor * (Double(x) / 8 - 1))) < 1e-9) }
      brightness.append(zero / factor / 0.2)
      contrast.append(log2(factor) / 0.5)
    }
    for values in [brightness, contrast] {
      let (mean, deviation) = moments(values)
      #expect(abs(mean) < 0.1 && abs(deviation - 1) < 0.08)
    }
  }

  /// Saturation moves colours away from the grey of their own pixel, or towards it.
  @Test func saturationKeepsGrey() throws {
    let images = Images(512) { _, y, _, c in y < 8 ? 0 : [0.5, -0.25, -0.25][c] }
    let seen = try augmented(images, [.color])
    let exponents = (0..<512).map { n in
      let grey = seen[n, 0, 0], red = seen[n, 15, 3, 0], green = seen[n, 15, 3, 1]
      #expect((0..<3).allSatisfy { abs(seen[n, 0, 0, $0] - grey) < 1e-9 })
      // The mean of a pixel changes with brightness and contrast only.
      #expect(abs((red + 2 * green) / 3 - grey) < 1e-9)
      return log2((red - green) / 0.75)
    }
    // Contrast and saturation together: √(0.5² + 1²).
    let (mean, deviation) = moments(exponents)
    #expect(abs(mean) < 0.2 && abs(deviation - 1.25.squareRoot()) < 0.12)
  }

  /// Parts of the colour change are drawn each on its own.
  @Test func partsOfTheColourChangeAreIndependent() throws {
    let images = Images(1024) { _, y, _, c in y < 8 ? 0 : [0.5, -0.25, -0.25][c] }
    let seen = try augmented(images, [.color], probability: 0.5)
    var patterns: [Int: Int] = [:]
    for n in 0..<1024 {
      let isBright = abs(seen[n, 0, 0]) > 1e-9, spread = (seen[n, 15, 3, 0] - seen[n, 15, 3, 1]) / 0.75
      patterns[(isBright ? 1 : 0) + (abs(spread - 1) > 1e-9 ? 2 : 0), default: 0] += 1
    }
    // Brightness in one half; contrast or saturation in three quarters.
    for (pattern, share) in [0.125, 0.125, 0.375, 0.375].enumerated() {
      #expect(abs(Double(patterns[pattern] ?? 0) / 1024 - share) < 0.05, "pattern \(pattern)")
    }
  }

  /// A square of half the side becomes grey, the part of it that is in the image.
  @Test func cutoutGreysASquare() throws {
    let images = Images(128) { _, _, _, _ in 0.75 }
    let seen = try augmented(images, [.cutout])
    var whole = 0, places: Set<[Int]> = []
    for n in 0..<128 {
      let rows = (0..<Self.side).filter { y in (0..<Self.side).contains { seen[n, y, $0] == 0 } }
      let columns = (0..<Self.side).filter { x in (0..<Self.side).contains { seen[n, $0, x] == 0 } }
      for hidden in [rows, columns] {
        #expect(
          (4...8).contains(hidden.count) && (hidden.last ?? 0) - (hidden.first ?? 0) == hidden.count - 1)
        #expect(hidden.count == 8 || hidden.first == 0 || hidden.last == Self.side - 1)
      }
      let expected = Images(1) {
        rows.contains($1) && columns.contains($2) ? 0 : 0.75 + 0 * Double($0 + $3)
      }
      #expect(seen[n] == expected.values)
      if rows.count == 8, columns.count == 8 { whole += 1 }
      places.insert([rows[0], columns[0]])
    }
    // A square lies inside with a chance of a quarter.
    #expect((16...56).contains(whole) && places.count > 40)
  }

  /// Everything is affine in the images, so a finite difference is the gradient to rounding. The second image of two has a
  /// gradient of its own.
  @Test(arguments: Transformation.allCases.map { [$0] } + [Transformation.allCases])
  func gradientsOfAugmentedImages(transformations: [Transformation]) throws {
    let images = Images.rough(6), count = images.values.count
    let direction = (0..<count).map { cos(0.3 * Double($0 * $0 % 97)) }
    func trace(_ values: [Double]) throws -> (loss: Double, gradient: [Double]) {
      let graph = GraphBuilder(), x = try graph.input("x", .f32, images.shape)
      let seen = try StepAugmentation(Set(transformations), probability: 0.9)(
        x, key: graph.input("key", .u32, [5]), probability: graph.constant(0.8), stream: 1)
      let weights = try graph.constant((0..<count).map { sin(0.7 * Double($0)) }, .f32, images.shape)
      let loss = try (seen * weights).reduceSum().reshape([])
      try graph.output("loss", loss)
      try graph.output("gradient", gradients(of: loss, wrt: [x])[0])
      let found = try evaluate(graph.finish(), inputs: ["x": values, "key": [5, 0, 2, 0, 0]]).outputs
      return (found["loss"]?[0] ?? .nan, found["gradient"] ?? [])
    }
    let step = 1e-3
    let here = try trace(images.values)
    let there = try trace(zip(images.values, direction).map { $0 + step * $1 })
    let slope = zip(here.gradient, direction).reduce(0) { $0 + $1.0 * $1.1 }
    #expect(abs((there.loss - here.loss) / step - slope) < 1e-8 * Double(count))
    #expect(abs(slope) > 1e-3 && here.gradient.count == count)
    #expect(here.gradient == there.gradient)
  }

  /// Up where the discriminator is too sure, else down, within 0 and the highest.
  @Test func adaptiveProbabilitiesStayWithinTheirLimits() throws {
    let augmentation = StepAugmentation(
      [.flip], schedule: .adaptive, probability: 0.8, target: 0.6, adaptationImages: 320)
    func adapted(_ old: Double, certainty: Double) throws -> Double {
      let graph = GraphBuilder()
      try graph.output(
        "p", augmentation.adapted(graph.constant(old), certainty: graph.constant(certainty), batch: 32))
      return try evaluate(graph.finish(), inputs: [:]).outputs["p"]?[0] ?? .nan
    }
    #expect(abs(try adapted(0.3, certainty: 0.61) - 0.4) < 1e-12)
    #expect(abs(try adapted(0.3, certainty: 0.59) - 0.2) < 1e-12)
    #expect(abs(try adapted(0.3, certainty: -1) - 0.2) < 1e-12)
    #expect(try adapted(0.05, certainty: 0) == 0)
    #expect(try adapted(0.75, certainty: 1) == 0.8)
    #expect(try adapted(0, certainty: 0) == 0)
    #expect(try adapted(0.8, certainty: 1) == 0.8)
  }
}
