import Foundation
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoImages

/// Data of known modes, with the recipe by which a GAN is to learn all of them.
public protocol CoverageTrial: Sendable {
  /// Networks, objective, schedules and steps.
  var recipe: Recipe { get }
  /// Width and height of an example, and its channels; these the recipe takes over.
  var shape: (resolution: Int, channels: Int) { get }

  /// `count` examples, each of a mode drawn with equal odds; another `step` or `seed` has others.
  func batch(step: Int, count: Int, seed: UInt64) -> Batch

  /// How `values`, laid out as a batch's, lie to the modes.
  func coverage(of values: [Float]) -> Coverage

  /// Some of `values` to look at.
  func image(of values: [Float]) -> Image?
}

/// How what a generator made lies to the modes of its data.
public struct Coverage: Sendable, CustomStringConvertible {
  /// Examples that belong to each mode.
  public var counts: [Int]
  /// All examples, with those that belong to none.
  public var total: Int
  /// What a mode has to have in order to be found, as a part of what it should have.
  public var leastPart: Double

  public init(counts: [Int], total: Int, leastPart: Double) {
    (self.counts, self.total, self.leastPart) = (counts, total, leastPart)
  }

  /// Modes found.
  public var found: Int {
    let least = max(1, leastPart * Double(total) / Double(counts.count))
    return counts.count { Double($0) >= least }
  }

  /// The part of the examples that belong to a mode.
  public var quality: Double { Double(counts.reduce(0, +)) / Double(max(1, total)) }

  /// Kullback-Leibler divergence of the modes' parts, of those examples that belong to one, from equal parts; in nats.
  public var divergence: Double {
    let sum = Double(counts.reduce(0, +))
    return counts.reduce(0) { result, count in
      let part = Double(count) / sum
      return count > 0 ? result + part * log(part * Double(counts.count)) : result
    }
  }

  public var description: String {
    let percent = (quality * 1000).rounded() / 10, divergence = (divergence * 1000).rounded() / 1000
    return
      "\(found) of \(counts.count) modes found, \(percent) % of \(total) examples belong to one, divergence \(divergence)"
  }
}

extension Batch {
  /// Examples without classes.
  init(images: [Float], count: Int) {
    self.init(images: images, indices: Array(0..<count))
  }
}

extension Recipe {
  /// What the trials have in common: dense networks, R3GAN's objective, and Adam along cosines.
  init(trial name: String) {
    self.init()
    self.name = name
    model.kind = "dense"
    objective.kind = "r3gan"
    optimizer.kind = "adam"
    optimizer.schedule = "cosine"
    optimizer.warmupSteps = 0
    optimizer.gradientClip = 0
  }
}
