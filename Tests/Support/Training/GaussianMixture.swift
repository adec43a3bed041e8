import Foundation
import SfumatoBackend
import SfumatoConfiguration
import SfumatoDatasets
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoRandom

/// 25 Gaussians on a 5×5 grid in the plane, the classic trial of mode coverage: points of whole numbers −4, −2, … 4, each with a
/// deviation of 0.05. A point is a picture of one pixel with two channels.
public struct GaussianMixture {
  public static let deviation = 0.05
  private static let side = 5

  /// `count` points of step `step`, as pictures.
  public static func batch(step: Int, count: Int, seed: UInt64) -> Batch {
    let stream = RandomStream(seed: seed, step: UInt64(step), purpose: .shuffle)
    let noise = RandomStream(seed: seed, step: UInt64(step), purpose: .noise).normals(2 * count)
    let points = (0..<2 * count).map { number -> Float in
      let index = min(side - 1, Int(stream.uniform(number) * Double(side)))
      return Float(2 * index - (side - 1)) + Float(deviation) * noise[number]
    }
    return Batch(
      images: points, labels: Array(repeating: 0, count: count), captions: Array(repeating: "", count: count),
      indices: Array(0..<count))
  }

  /// How made points lie to the mixture.
  public struct Coverage {
    /// Gaussians that have at least a fifth of the points that they should have within 4 deviations.
    public var modes: Int
    /// The part of the points within 4 deviations of a Gaussian's centre.
    public var quality: Double
    /// The deviation of good points from their centres, along an axis.
    public var deviation: Double
  }

  public static func coverage(of points: [Float]) -> Coverage {
    var counts = Array(repeating: 0, count: side * side), squares = 0.0
    let count = points.count / 2
    for number in 0..<count {
      let (x, y) = (Double(points[2 * number]), Double(points[2 * number + 1]))
      func nearest(_ value: Double) -> Int { min(side - 1, max(0, Int(((value + 4) / 2).rounded()))) }
      let (column, row) = (nearest(x), nearest(y))
      let (dx, dy) = (x - Double(2 * column - 4), y - Double(2 * row - 4))
      if (dx * dx + dy * dy).squareRoot() <= 4 * deviation {
        counts[row * side + column] += 1
        squares += dx * dx + dy * dy
      }
    }
    let good = counts.reduce(0, +), fair = Double(count) / Double(side * side)
    return Coverage(
      modes: counts.count { Double($0) >= fair / 5 }, quality: Double(good) / Double(max(1, count)),
      deviation: (squares / Double(max(1, 2 * good))).squareRoot())
  }
}

/// A generator and a discriminator of points: three hidden layers each.
public struct PointNetworks: AdversarialModel {
  public let width: Int
  public var kind: String { "points" }
  public var labelCount: Int? { nil }
  public var configuration: JSONValue { ["width": .integer(width)] }
  /// As many as a point has.
  public var latentSize: Int { 2 }
  public var resolution: Int { 1 }
  public var channels: Int { 2 }

  public static let definition = ModelDefinition.adversarial(name: "points", summary: "For a test") { _, _ in
    PointNetworks(width: 128)
  }

  public func generate(_ z: Tensor, labels: Tensor?, in scope: Scope) throws -> Tensor {
    // As widely spread as the mixture, to begin with.
    try (layers(z, 2, in: scope) * 3).reshape([z.shape[0], 1, 1, 2])
  }

  public func discriminate(_ images: Tensor, labels: Tensor?, in scope: Scope) throws -> Tensor {
    let points = try images.reshape([images.shape[0], 2])
    return try layers(points, 1, in: scope).reshape([points.shape[0]])
  }

  private func layers(_ x: Tensor, _ out: Int, in scope: Scope) throws -> Tensor {
    var h = x
    for number in 0..<3 {
      let deviation = (2 / Double(h.shape[1])).squareRoot()
      h = try scope[number].linear(h, width, weight: .normal(deviation: deviation)).leakyReLU()
    }
    return try scope["out"].linear(h, out)
  }
}
