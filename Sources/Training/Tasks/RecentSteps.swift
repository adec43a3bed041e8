import SfumatoBackend

/// Compiled programs by key, the few that were asked for last: each holds memory of its device.
struct RecentSteps<Key: Hashable> {
  /// Two sizes of a batch, the whole and the rest, with guidance and without.
  private static var limit: Int { 4 }
  private var recent: [(key: Key, step: any Step)] = []

  /// The step of `key`, which `make` compiles where it is not there.
  mutating func step(_ key: Key, _ make: () throws -> any Step) rethrows -> any Step {
    let known = recent.firstIndex { $0.key == key }.map { recent.remove(at: $0).step }
    let step = try known ?? make()
    recent = recent.suffix(Self.limit - 1) + [(key, step)]
    return step
  }

  /// How many there are.
  var count: Int { recent.count }
}
