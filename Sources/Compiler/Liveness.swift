/// The nodes, first to last inclusive, during which a piece of memory must not be used for anything else.
public struct Life<Value: Hashable & Comparable> {
  public var value: Value
  public var byteCount: Int
  public var first: Int
  public var last: Int

  public init(value: Value, byteCount: Int, first: Int, last: Int) {
    self.value = value
    self.byteCount = byteCount
    self.first = first
    self.last = last
  }
}

/// Every piece starts at a multiple of this, which suits vector units and most drivers' buffer offsets.
let arenaAlignment = 256

private func aligned(_ byteCount: Int) -> Int {
  (byteCount + arenaAlignment - 1) / arenaAlignment * arenaAlignment
}

/// Places lives in one arena: largest first, each at the lowest offset where no piece lives at the same time.
/// (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020, greedy by size.)
///
/// - Parameter page: where given, no piece of so many bytes or fewer lies across a multiple of it.
public func packByLiveness<Value>(
  _ lives: [Life<Value>], page: Int? = nil
) -> (offsets: [Value: Int], size: Int) {
  /// The first offset from `offset` on at which so many bytes lie in one page.
  func fitted(_ offset: Int, _ byteCount: Int) -> Int {
    guard let page, byteCount > 0, byteCount <= page, offset / page != (offset + byteCount - 1) / page else {
      return offset
    }
    return (offset / page + 1) * page
  }
  var placed: [(life: Life<Value>, offset: Int)] = []
  var offsets: [Value: Int] = [:]
  var size = 0
  let largestFirst = lives.sorted { ($1.byteCount, $0.value) < ($0.byteCount, $1.value) }
  for life in largestFirst {
    var offset = 0
    let rivals = placed.filter { $0.life.first <= life.last && life.first <= $0.life.last }
    for rival in rivals.sorted(by: { $0.offset < $1.offset }) {
      offset = fitted(offset, aligned(life.byteCount))
      if offset + aligned(life.byteCount) <= rival.offset { break }
      offset = max(offset, rival.offset + aligned(rival.life.byteCount))
    }
    offset = fitted(offset, aligned(life.byteCount))
    placed.append((life, offset))
    offsets[life.value] = offset
    size = max(size, offset + aligned(life.byteCount))
  }
  return (offsets, size)
}

/// The most bytes that live at one node.
func mostLiveBytes<Value>(_ lives: [Life<Value>], nodeCount: Int) -> Int {
  var changes = [Int](repeating: 0, count: nodeCount + 2)
  for life in lives {
    changes[life.first] += aligned(life.byteCount)
    changes[life.last + 1] -= aligned(life.byteCount)
  }
  var live = 0, most = 0
  for change in changes {
    live += change
    most = max(most, live)
  }
  return most
}
