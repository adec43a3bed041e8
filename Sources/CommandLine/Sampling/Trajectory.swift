import Sfumato

/// The trajectories of images from noise: collected while they are generated, written as one file.
final class Trajectory {
  /// The images of the batch at hand after each step of the sampler.
  private var frames: [[Image]] = []
  /// The trajectories of finished images.
  private var trajectories: [[Image]] = []

  /// Takes a point. Batches come one after the other, each from its first step on.
  func add(_ preview: Generator.Preview) {
    if preview.step == 1 { finishBatch() }
    frames.append(preview.noisy)
  }

  private func finishBatch() {
    guard let first = frames.first else { return }
    trajectories += first.indices.map { image in frames.map { $0[image] } }
    frames = []
  }

  /// The trajectories of all images: an animated PNG of grids when `isAnimated`, else a strip with a row for each
  /// image and about ten points of its trajectory. The last point is the finished image.
  func encoded(isAnimated: Bool, text: [PNGText]) throws -> [UInt8] {
    finishBatch()
    if isAnimated {
      let count = trajectories.first?.count ?? 0
      let grids = (0..<count).compactMap { point in Image.sampleGrid(trajectories.map { $0[point] }) }
      return try AnimatedPNG.encode(grids, delay: 100, lastDelay: 2000, text: text)
    }
    let strip = trajectories.flatMap { trajectory in Self.spread(trajectory, count: 10) }
    let columns = min(10, trajectories.first?.count ?? 1)
    return try Image.grid(strip, columns: columns)?.encodedPNG(text: text) ?? []
  }

  /// At most `count` elements at even distances, the first and the last among them.
  static func spread<Element>(_ elements: [Element], count: Int) -> [Element] {
    guard elements.count > count, count > 1 else { return elements }
    return (0..<count).map { elements[$0 * (elements.count - 1) / (count - 1)] }
  }
}
