/// What tiles read and write, counted in elements: images stored in 16 bits are converted as far as a block of tiles needs them.
extension WinogradConvolution {
  private var columns: Int { (Int(task.outCols) + 3) / 4 }
  private var perImage: Int { (Int(task.outRows) + 3) / 4 * columns }

  /// The image and the row of tiles that a tile lies in.
  private func place(_ tile: Int) -> (image: Int, row: Int) { (tile / perImage, tile % perImage / columns) }

  /// The elements from the first row that some of these tiles read to the last.
  func inputRange(_ tiles: Range<Int>) -> Range<Int> {
    let rows = Int(task.inRows), size = Int(task.inCols) * inChannels, top = Int(task.padTop)
    let first = place(tiles.lowerBound), last = place(tiles.upperBound - 1)
    let begin = first.image * rows + min(max(4 * first.row - top, 0), rows)
    let end = last.image * rows + min(max(4 * last.row - top + 6, 0), rows)
    return begin * size..<max(begin, end) * size
  }

  /// The elements from the first row that some of these tiles write to the last.
  func outputRange(_ tiles: Range<Int>) -> Range<Int> {
    let rows = Int(task.outRows), size = Int(task.outCols) * outChannels
    let first = place(tiles.lowerBound), last = place(tiles.upperBound - 1)
    let begin = first.image * rows + 4 * first.row
    return begin * size..<(last.image * rows + min(4 * last.row + 4, rows)) * size
  }

  /// Calls `body` with each run of neighbouring elements that these tiles write; other tiles write what lies between.
  func forEachOutputRun(_ tiles: Range<Int>, _ body: (Range<Int>) -> Void) {
    let rows = Int(task.outRows), cols = Int(task.outCols)
    var tile = tiles.lowerBound
    while tile < tiles.upperBound {
      let (image, row) = place(tile), column = tile % columns
      let count = min(columns - column, tiles.upperBound - tile)
      for y in 4 * row..<min(4 * row + 4, rows) {
        let start = (image * rows + y) * cols
        body((start + 4 * column) * outChannels..<(start + min(4 * (column + count), cols)) * outChannels)
      }
      tile += count
    }
  }

  /// The blocks of tiles of a pass to outputs or inputs.
  var blocks: Pieces { Pieces(tiles, grain: block, limit: 1 << 30) }

  /// What of an operand and of a result a block takes at most; nothing for the weight gradient, which reads its blocks
  /// once a group of points: converting them each time took longer than one conversion of the whole.
  var pieceSizes: PieceSizes {
    guard pass != .gradWeight else { return PieceSizes() }
    let ranges = (0..<blocks.units).map { blocks[$0] }
    return PieceSizes(
      inputs: [0: ranges.map { inputRange($0).count }.max() ?? 0],
      outputs: [0: ranges.map { outputRange($0).count }.max() ?? 0])
  }
}
