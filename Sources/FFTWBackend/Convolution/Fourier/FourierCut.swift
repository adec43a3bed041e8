/// How maps are cut into the squares that are transformed.
struct FourierCut: Hashable {
  /// Extent of the square.
  var size: Int
  /// Whole maps, one or several to a square, with a gap of zeros between; else tiles of larger maps (overlap-save).
  var isWhole: Bool

  var name: String { "fourier \(size)" + (isWhole ? " whole" : "") }
}

/// A rectangle of a map and its place in a tile.
struct TilePiece: Equatable {
  var image: Int
  var mapRow: Int
  var mapCol: Int
  var tileRow: Int
  var tileCol: Int
  var rows: Int
  var cols: Int
}

/// Where the maps of a batch lie in the tiles of a transform. Two that are equal make the same spectra of the same map.
struct TileLayout: Hashable {
  let cut: FourierCut
  let batch: Int
  let rows: Int
  let cols: Int
  let channels: Int
  /// Tiles, or maps in one tile, down and across.
  let down: Int
  let across: Int
  /// Pixels from one tile, or from one map in a tile, to the next.
  let rowStep: Int
  let colStep: Int
  /// Where the map's first pixel lies in the first tile; negative if it lies before.
  let top: Int
  let left: Int
  /// Rows and columns of a tile that count; the others are zero, or are not looked at.
  let tileRows: Range<Int>
  let tileCols: Range<Int>

  var tiles: Int {
    cut.isWhole ? (batch + down * across - 1) / (down * across) : batch * down * across
  }

  /// The pieces of maps that lie in a tile.
  func pieces(_ tile: Int) -> [TilePiece] {
    let places = down * across
    if cut.isWhole {
      let images = tile * places..<min((tile + 1) * places, batch)
      return images.compactMap { image in
        let place = image - tile * places
        return piece(image, top + place / across * rowStep, left + place % across * colStep)
      }
    }
    let place = tile % places
    return [piece(tile / places, top - place / across * rowStep, left - place % across * colStep)].compactMap(
      \.self)
  }

  /// What of an image whose first pixel lies at (row, col) lies in a tile; nil where nothing does.
  private func piece(_ image: Int, _ row: Int, _ col: Int) -> TilePiece? {
    let inRows =
      max(row, tileRows.lowerBound)..<max(row, tileRows.lowerBound, min(row + rows, tileRows.upperBound))
    let inCols =
      max(col, tileCols.lowerBound)..<max(col, tileCols.lowerBound, min(col + cols, tileCols.upperBound))
    guard !inRows.isEmpty, !inCols.isEmpty else { return nil }
    return TilePiece(
      image: image, mapRow: inRows.lowerBound - row, mapCol: inCols.lowerBound - col,
      tileRow: inRows.lowerBound, tileCol: inCols.lowerBound, rows: inRows.count, cols: inCols.count)
  }
}
