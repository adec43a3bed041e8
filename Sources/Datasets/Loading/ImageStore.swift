import SfumatoImages
import Synchronization

/// An image that could not be used.
public struct BadImage: Sendable, Hashable, Codable {
  public var key: String
  public var reason: String
}

/// Prepared images, kept in memory as far as the budget goes, with a list of those that cannot be decoded.
final class ImageStore: Sendable {
  private let dataset: LabelledDataset
  private let preparation: Preparation
  private let crop: Framing.Crop
  private let budget: Int
  private let tolerated: Double

  private struct State {
    var kept: [Image?]
    var keptCount = 0
    var keptBytes = 0
    var bad: [Int: BadImage] = [:]
  }
  private let state: Mutex<State>

  init(
    _ dataset: LabelledDataset, _ preparation: Preparation, crop: Framing.Crop, budget: Int,
    tolerated: Double
  ) {
    self.dataset = dataset
    self.preparation = preparation
    self.crop = crop
    self.budget = budget
    self.tolerated = tolerated
    state = Mutex(State(kept: Array(repeating: nil, count: dataset.count)))
  }

  /// The images found bad so far, in order of their numbers.
  var bad: [BadImage] {
    state.withLock { state in state.bad.sorted { $0.key < $1.key }.map(\.value) }
  }

  /// Whether every good image is in memory.
  var isComplete: Bool { state.withLock { $0.keptCount + $0.bad.count == $0.kept.count } }

  /// Image `index`, or the next one after it that can be decoded, going round at the end: which image
  /// stands in for a bad one depends on nothing but the files.
  ///
  /// Throws `DatasetError` when more images are bad than is tolerated.
  func image(_ index: Int) throws(DatasetError) -> (index: Int, image: Image) {
    var index = index
    while true {
      if let image = try usable(index) { return (index, image) }
      index = (index + 1) % dataset.count
    }
  }

  /// Decodes every image once.
  func fill() throws(DatasetError) {
    for index in 0..<dataset.count { _ = try usable(index) }
  }

  /// The prepared image, or nil when it is bad.
  private func usable(_ index: Int) throws(DatasetError) -> Image? {
    let (kept, isBad) = state.withLock { ($0.kept[index], $0.bad[index] != nil) }
    if let kept { return kept }
    if isBad { return nil }
    do {
      let image = preparation.prepare(try dataset.image(at: index), crop: crop)
      keep(image, index)
      return image
    } catch {
      try reject(index, error)
      return nil
    }
  }

  private func keep(_ image: Image, _ index: Int) {
    state.withLock { state in
      guard state.kept[index] == nil, state.keptBytes + image.pixels.count <= budget else { return }
      state.kept[index] = image
      state.keptCount += 1
      state.keptBytes += image.pixels.count
    }
  }

  private func reject(_ index: Int, _ error: ImageError) throws(DatasetError) {
    let count = state.withLock { state in
      state.bad[index] = BadImage(key: dataset.record(at: index).key, reason: error.explanation)
      return state.bad.count
    }
    guard Double(count) <= tolerated * Double(dataset.count) else {
      throw tooManyBad(bad, of: dataset.count, tolerated: tolerated, source: dataset.dataset.source)
    }
  }
}

/// The error for more bad images than is tolerated, with a few of them as examples.
func tooManyBad(
  _ bad: [BadImage], of count: Int, tolerated: Double, source: String
) -> DatasetError {
  let examples = bad.prefix(3).map { "\($0.key): \($0.reason)" } + (bad.count > 3 ? ["…"] : [])
  return DatasetError(
    .tooManyBad(bad: bad.count, of: count, tolerated: tolerated, examples: examples), source: source)
}
