import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoRandom
import SfumatoRegistry

/// Augmentation of what a discriminator sees, real and generated images alike, inside of a step's program: differentiable, so that
/// the generator learns through it (Karras et al., "Training generative adversarial networks with limited data", 2020).
///
/// Each transformation is done to an image with the same probability, below 1 so that it does not show up in what is generated.
public struct StepAugmentation: Hashable, Sendable {
  /// What can be done to an image.
  public enum Transformation: String, Sendable, CaseIterable {
    /// Mirrored left to right.
    case flip
    /// Moved by whole pixels, up to 1/8 of the image each way.
    case translate
    /// Scaled by 2^(0.2·n), n Gaussian.
    case scale
    /// Turned by any angle.
    case rotate
    /// Brightness + 0.2·n, contrast · 2^(0.5·n), saturation · 2^n, each on its own.
    case color
    /// A square of half the side set to grey.
    case cutout
  }

  /// How the probability goes on from step to step.
  public enum Schedule: String, Sendable, CaseIterable {
    case fixed
    /// From 0 to `probability` along half a cosine.
    case cosine
    /// Up while the discriminator tells real images apart too surely, else down.
    case adaptive
  }

  public var transformations: Set<Transformation>
  public var schedule: Schedule
  /// The probability, at the end where it is scheduled; the highest where it is adaptive.
  public var probability: Double
  /// How sure the discriminator should be of real images, which an adaptive probability aims at (ibid., equation 1).
  public var target: Double
  /// Images in which an adaptive probability can go from 0 to 1.
  public var adaptationImages: Int

  public init(
    _ transformations: Set<Transformation> = [], schedule: Schedule = .fixed, probability: Double = 0,
    target: Double = 0.6, adaptationImages: Int = 100_000
  ) {
    self.transformations = transformations
    self.schedule = schedule
    self.probability = probability
    self.target = target
    self.adaptationImages = adaptationImages
  }

  /// Whether images ever change.
  public var isActive: Bool { !transformations.isEmpty && probability > 0 }
  /// Whether the probability is a state of the run.
  public var isAdaptive: Bool { isActive && schedule == .adaptive }

  /// An adaptive probability after a step over `batch` images.
  ///
  /// - Parameters:
  ///   - old: the probability of this step, f32 [].
  ///   - certainty: the running mean of the metric of that name, f32 [].
  public func adapted(_ old: Tensor, certainty: Tensor, batch: Int) throws -> Tensor {
    let change = Double(batch) / Double(adaptationImages)
    let isSure = try certainty.splat(target).isLess(than: certainty)
    let moved = try old + isSure.select(old.splat(change), old.splat(-change))
    return try moved.max(old.splat(0)).min(old.splat(probability))
  }

  /// Images as the discriminator should see them.
  ///
  /// - Parameters:
  ///   - images: f32 (N, H, W, C).
  ///   - probability: f32 [].
  ///   - stream: tells apart the draws of calls in one step.
  public func callAsFunction(_ images: Tensor, key: Tensor, probability: Tensor, stream: UInt32) throws
    -> Tensor
  {
    guard isActive else { return images }
    return try images.graph.within("augment") {
      let draws = Draws(key: key, probability: probability, count: images.shape[0], stream: stream)
      var result = images
      if !transformations.isDisjoint(with: [.flip, .translate, .scale, .rotate]) {
        result = try warped(result, draws)
      }
      if transformations.contains(.color) { result = try recolored(result, draws) }
      if transformations.contains(.cutout) { result = try cut(result, draws) }
      return result
    }
  }
}

// MARK: - The transformations

extension StepAugmentation {
  /// All that moves pixels as one map from where a pixel goes to where it comes from, then one bilinear look-up. Beyond its edges a
  /// image goes on as it ends.
  private func warped(_ images: Tensor, _ draws: Draws) throws -> Tensor {
    let (n, h, w) = (images.shape[0], images.shape[1], images.shape[2])
    let graph = images.graph, grid: Shape = [n, h, w]
    let column = try graph.iota(axis: 2, grid).cast(.f32), row = try graph.iota(axis: 1, grid).cast(.f32)
    let (midX, midY) = (Double(w - 1) / 2, Double(h - 1) / 2)
    var (x, y) = (try column - midX, try row - midY)
    if transformations.contains(.translate) {
      func shift(_ number: UInt32, _ side: Int) throws -> Tensor {
        // Whole pixels from −side/8 to side/8.
        let reach = Double(side / 8), drawn = try draws.uniform(number) * (2 * reach + 1)
        return try draws.where(.translate, drawn.cast(.i32).cast(.f32) - reach, else: 0)
      }
      x = try x - draws.spread(shift(1, w), grid)
      y = try y - draws.spread(shift(2, h), grid)
    }
    if transformations.contains(.rotate) {
      let angle = try draws.where(.rotate, (draws.uniform(3) - 0.5) * (2 * Double.pi), else: 0)
      let cosine = try draws.spread(angle.cos(), grid), sine = try draws.spread(angle.sin(), grid)
      (x, y) = (try cosine * x + sine * y, try cosine * y - sine * x)
    }
    if transformations.contains(.scale) {
      let factor = try draws.spread(
        draws.where(.scale, (draws.normal(4) * (-0.2 * log(2.0))).exp(), else: 1), grid)
      (x, y) = (try x * factor, try y * factor)
    }
    if transformations.contains(.flip) {
      // Every other one of those that may be.
      let sign = try draws.uniform(5).isLess(than: draws.splat(0.5)).select(draws.splat(-1), draws.splat(1))
      x = try x * draws.spread(draws.where(.flip, sign, else: 1), grid)
    }
    return try lookUp(images, x: x + midX, y: y + midY)
  }

  /// The images' values at (x, y), each f32 (N, H, W) in pixels.
  private func lookUp(_ images: Tensor, x: Tensor, y: Tensor) throws -> Tensor {
    let (n, h, w, c) = (images.shape[0], images.shape[1], images.shape[2], images.shape[3])
    func corners(_ position: Tensor, _ side: Int) throws -> (low: Tensor, high: Tensor, part: Tensor) {
      let inside = try position.max(position.splat(0)).min(position.splat(Double(side - 1)))
      let low = try inside.cast(.i32)
      return (low, try (low + 1).min(low.splat(Double(side - 1))), try inside - low.cast(.f32))
    }
    let (left, right, partX) = try corners(x, w), (top, bottom, partY) = try corners(y, h)
    let flat = try images.reshape([n * h * w, c]),
      first = try images.graph.iota(axis: 0, [n, h, w]) * Double(h * w)
    func pixels(_ row: Tensor, _ column: Tensor) throws -> Tensor {
      try flat.gather((first + row * Double(w) + column).reshape([n * h * w])).reshape([n, h, w, c])
    }
    func weight(_ part: Tensor) throws -> Tensor { try part.reshape([n, h, w, 1]).broadcast(images.shape) }
    let across = try weight(partX), down = try weight(partY)
    let above = try pixels(top, left) * (1 - across) + pixels(top, right) * across
    let below = try pixels(bottom, left) * (1 - across) + pixels(bottom, right) * across
    return try above * (1 - down) + below * down
  }

  private func recolored(_ images: Tensor, _ draws: Draws) throws -> Tensor {
    let shape = images.shape
    func power(_ number: UInt32, _ scale: Double, _ part: UInt32) throws -> Tensor {
      try draws.spread(
        draws.where(.color, (draws.normal(number) * (scale * log(2.0))).exp(), else: 1, part: part), shape)
    }
    let brightness = try draws.where(.color, draws.normal(6) * 0.2, else: 0, part: 0)
    var result = try images + draws.spread(brightness, shape)
    result = try result * power(7, 0.5, 1)
    guard shape[3] > 1 else { return result }
    let grey = try result.reduceMean([3]).broadcast(shape)
    return try grey + (result - grey) * power(8, 1, 2)
  }

  private func cut(_ images: Tensor, _ draws: Draws) throws -> Tensor {
    let shape = images.shape, grid: Shape = [shape[0], shape[1], shape[2]]
    func isNear(_ axis: Int, _ number: UInt32) throws -> Tensor {
      let side = Double(shape[axis])
      let distance =
        try images.graph.iota(axis: axis, grid).cast(.f32) + 0.5
        - draws.spread(draws.uniform(number) * side, grid)
      return try distance.squared().isLess(than: distance.splat(side * side / 16)).cast(.f32)
    }
    let chosen = try draws.where(.cutout, draws.splat(1), else: 0)
    let hidden = try isNear(1, 9) * isNear(2, 10) * draws.spread(chosen, grid)
    return try images * (1 - hidden).reshape([shape[0], shape[1], shape[2], 1]).broadcast(shape)
  }
}

/// Random numbers for a call, one an image, f32 [N].
private struct Draws {
  let key: Tensor
  let probability: Tensor
  let count: Int
  let stream: UInt32

  private func purpose(_ number: UInt32) -> Purpose {
    Purpose(rawValue: Purpose.stepAugmentation.rawValue + stream * 64 + number)
  }

  func uniform(_ number: UInt32) throws -> Tensor { try key.uniform(purpose(number), [count]) }
  func normal(_ number: UInt32) throws -> Tensor { try key.normal(purpose(number), [count]) }
  func splat(_ value: Double) throws -> Tensor { try key.graph.constant(value, .f32, [count]) }

  /// `value` for images that `transformation` is drawn for, and `other` for the rest.
  ///
  /// - Parameter part: of a transformation whose parts are drawn on their own.
  func `where`(
    _ transformation: StepAugmentation.Transformation, _ value: Tensor, else other: Double, part: UInt32 = 0
  ) throws -> Tensor {
    let number = UInt32(StepAugmentation.Transformation.allCases.firstIndex(of: transformation) ?? 0)
    let drawn = try uniform(32 + number * 4 + part)
    return try drawn.isLess(than: probability.reshape([1]).broadcast([count])).select(value, splat(other))
  }

  /// One number an image as a tensor of `shape`, whose first axis is images.
  func spread(_ value: Tensor, _ shape: Shape) throws -> Tensor {
    try value.reshape(Shape([count] + Array(repeating: 1, count: shape.rank - 1))).broadcast(shape)
  }
}

// MARK: - Options

extension StepAugmentation {
  /// The options of objectives that augment.
  static let options: [PluginOption] =
    Transformation.allCases.map {
      PluginOption(
        "augment_\($0.rawValue)", "Augmentation of what the discriminator sees: \($0.rawValue)",
        .flag(default: false))
    } + [
      PluginOption(
        "augment_probability", "Probability of each augmentation, the highest where it changes",
        .number(default: 0.5, in: 0...0.99)),
      PluginOption(
        "augment_schedule", "How the probability changes",
        .choice(default: "fixed", of: Schedule.allCases.map(\.rawValue))),
      PluginOption(
        "augment_target", "Adaptive: how sure of real images the discriminator should be",
        .number(default: 0.6, in: 0...1)),
      PluginOption(
        "augment_images", "Adaptive: images in which the probability can go from 0 to 1",
        .integer(default: 100_000, in: 1...1_000_000_000)),
    ]

  init(_ options: OptionValues) {
    self.init(
      Set(Transformation.allCases.filter { options.flag("augment_\($0.rawValue)") }),
      schedule: Schedule(rawValue: options.choice("augment_schedule")) ?? .fixed,
      probability: options.number("augment_probability"), target: options.number("augment_target"),
      adaptationImages: options.integer("augment_images"))
  }
}
