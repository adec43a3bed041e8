extension RandomAccessCollection {
  /// `count` of the elements, or all where there are fewer, evenly spread from the first one on.
  func spread(over count: Int) -> [Element] {
    let chosen = Swift.min(count, self.count)
    return (0..<chosen).map { self[index(startIndex, offsetBy: $0 * self.count / chosen)] }
  }
}
