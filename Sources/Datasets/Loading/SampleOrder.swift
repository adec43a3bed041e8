import SfumatoRandom
import Synchronization

/// The order in which images are visited: one permutation after another, each drawn from (seed, epoch).
final class SampleOrder: Sendable {
  private let seed: UInt64
  private let count: Int
  /// The permutations last used; two epochs meet in a batch.
  private let recent = Mutex<[(epoch: Int, order: [Int])]>([])

  init(seed: UInt64, count: Int) {
    self.seed = seed
    self.count = count
  }

  /// The image of visit `position`.
  func index(at position: Int) -> Int {
    let epoch = position / count
    return recent.withLock { recent in
      if let known = recent.first(where: { $0.epoch == epoch }) { return known.order[position % count] }
      let order = RandomStream(seed: seed, step: UInt64(epoch), purpose: .shuffle).permutation(count)
      recent = recent.suffix(1) + [(epoch, order)]
      return order[position % count]
    }
  }
}
