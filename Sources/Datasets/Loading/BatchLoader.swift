import Foundation
import SfumatoDiagnostics
import SfumatoImages
import Synchronization

/// Makes the batches of a training run.
///
/// Batch n holds visits n·B to (n+1)·B − 1 of an endless sequence of permutations of the data set. Order, crops,
/// mirroring and augmentations follow from the seed and the visit's number alone, so that any batch can be asked for at any time, from
/// any thread, and is the same to the bit: a resumed run replays nothing.
///
/// Images that cannot be decoded are replaced by the next good one and listed in `bad`.
public final class BatchLoader: Sendable {
  public let dataset: LabelledDataset
  public let preparation: Preparation
  public let framing: Framing
  public let augmentations: [ChosenAugmentation]
  public let columns: [ColumnSource]
  public let batchSize: Int
  public let seed: UInt64

  private let order: SampleOrder
  private let store: ImageStore
  private let depth: Int
  private let queue: OperationQueue
  private let ahead = Mutex<[Int: PendingBatch]>([:])

  /// - Parameters:
  ///   - augmentations: what else varies from one visit to the next.
  ///   - columns: what batches hold beside the images.
  ///   - cacheBytes: how much memory prepared images may take; once all are there, nothing is decoded.
  ///   - threads: how many threads decode ahead.
  ///   - depth: how many batches are made ahead; 0 decodes when asked only.
  ///   - toleratedBad: the part of all images that may be bad.
  /// - Throws: `DatasetError` for options that make no sense, or for too many bad images when the data set is
  ///   small enough to be decoded at once.
  public init(
    _ dataset: LabelledDataset, preparation: Preparation, batchSize: Int, seed: UInt64,
    framing: Framing = Framing(), augmentations: [ChosenAugmentation] = [], columns: [ColumnSource] = [],
    cacheBytes: Int = 512 << 20, threads: Int = 1,
    depth: Int = 2, toleratedBad: Double = 0.01
  ) throws(DatasetError) {
    guard batchSize > 0, preparation.resolution > 0, [1, 3].contains(preparation.channels),
      threads > 0, depth >= 0
    else {
      throw DatasetError(
        .options(
          "batch size \(batchSize), resolution \(preparation.resolution), channels \(preparation.channels), "
            + "threads \(threads): all must be positive and the channels 1 or 3"))
    }
    guard dataset.count > 0 else {
      throw DatasetError(.empty(expected: "at least one image"), source: dataset.dataset.source)
    }
    self.dataset = dataset
    self.preparation = preparation
    self.framing = framing
    self.augmentations = augmentations
    self.columns = columns
    self.batchSize = batchSize
    self.seed = seed
    self.depth = depth
    order = SampleOrder(seed: seed, count: dataset.count)
    store = ImageStore(
      dataset, preparation, crop: framing.crop, budget: cacheBytes, tolerated: toleratedBad)
    queue = OperationQueue()
    queue.maxConcurrentOperationCount = threads
    if dataset.dataset.byteCount <= Self.eagerBytes { try store.fill() }
  }

  /// Data sets up to this size in files are decoded when the loader is made, so that what is bad is known before
  /// the first step.
  private static let eagerBytes = 32 << 20

  deinit { queue.cancelAllOperations() }

  /// The images found bad so far.
  public var bad: [BadImage] { store.bad }

  /// How many steps a visit to every image takes.
  public var stepsPerEpoch: Double { Double(dataset.count) / Double(batchSize) }

  /// The batch of step `step`, from 0 on; the next few are then made in the background.
  ///
  /// Throws `DatasetError` when too many images are bad.
  public func batch(step: Int) throws -> Batch {
    precondition(step >= 0, "steps count from 0")
    let pending = ahead.withLock { ahead in
      let pending = ahead.removeValue(forKey: step)
      for (other, job) in ahead where other < step || other > step + depth {
        job.cancelIfWaiting()
        ahead[other] = nil
      }
      return pending
    }
    // A batch that waits behind others in the queue is made here rather than waited for.
    let result: Batch
    if let pending, !pending.cancelIfWaiting() {
      result = try pending.value()
    } else {
      result = try assemble(step)
    }
    prefetch(from: step + 1)
    return result
  }

  /// The images of these numbers in the labelled data set, framed and varied as visits 0, 1, … are.
  ///
  /// Throws `DatasetError` when too many images are bad.
  public func batch(of indices: [Int]) throws -> Batch {
    try assemble(indices.enumerated().map { ($1, $0) })
  }

  /// Begins to make the batches from `step` on in the background.
  public func prefetch(from step: Int) {
    guard depth > 0, !store.isComplete else { return }
    for next in step..<step + depth {
      ahead.withLock { ahead in
        guard ahead[next] == nil else { return }
        let job = PendingBatch()
        ahead[next] = job
        queue.addOperation { [weak self] in
          job.run { try self?.assemble(next) }
        }
      }
    }
  }

  private func assemble(_ step: Int) throws -> Batch {
    try assemble((step * batchSize..<(step + 1) * batchSize).map { (order.index(at: $0), $0) })
  }

  /// - Parameter visits: which images, and at which positions of the endless sequence.
  private func assemble(_ visits: [(index: Int, position: Int)]) throws -> Batch {
    let side = preparation.resolution, size = side * side * preparation.channels
    var images = [Float](repeating: 0, count: visits.count * size)
    var rows: [[Column]] = columns.map { _ in [] }, indices: [Int] = []
    for (i, (wanted, position)) in visits.enumerated() {
      let (index, image) = try store.image(wanted)
      let view = View(of: image, resolution: side, framing, seed: seed, position: position)
      images.withUnsafeMutableBufferPointer { images in
        let place = UnsafeMutableBufferPointer(rebasing: images[i * size..<(i + 1) * size])
        view.write(image, resolution: side, to: place)
        augmentations.vary(place, side: side, seed: seed, position: position)
      }
      for (number, column) in columns.enumerated() { rows[number].append(try column.row(index, dataset)) }
      indices.append(index)
    }
    var batch = Batch(images: images, indices: indices)
    for (column, rows) in zip(columns, rows) { batch.columns[column.name] = .joined(rows) }
    return batch
  }
}
