import Sfumato

/// The pictures on their way out of the noise: collected while they are made, written as one file.
final class Trajectory {
  /// The pictures of the batch at hand after each step of the sampler.
  private var frames: [[Image]] = []
  /// The ways of finished pictures.
  private var ways: [[Image]] = []

  /// Takes a point on the way. Batches come one after the other, each from its first step on.
  func add(_ glimpse: Generator.Glimpse) {
    if glimpse.step == 1 { finishBatch() }
    frames.append(glimpse.noisy)
  }

  private func finishBatch() {
    guard let first = frames.first else { return }
    ways += first.indices.map { picture in frames.map { $0[picture] } }
    frames = []
  }

  /// The way of all pictures: an animated PNG of grids when `isAnimated`, else a strip with a row for each
  /// picture and about ten points on its way. The last point is the finished picture.
  func encoded(isAnimated: Bool, text: [PNGText]) throws -> [UInt8] {
    finishBatch()
    if isAnimated {
      let count = ways.first?.count ?? 0
      let grids = (0..<count).compactMap { point in Image.sampleGrid(ways.map { $0[point] }) }
      return try AnimatedPNG.encode(grids, delay: 100, lastDelay: 2000, text: text)
    }
    let strip = ways.flatMap { way in Self.spread(way, count: 10) }
    let columns = min(10, ways.first?.count ?? 1)
    return try Image.grid(strip, columns: columns)?.encodedPNG(text: text) ?? []
  }

  /// At most `count` elements at even distances, the first and the last among them.
  static func spread<Element>(_ elements: [Element], count: Int) -> [Element] {
    guard elements.count > count, count > 1 else { return elements }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
  }
}
