import CVectorKernels
import SfumatoGraph

/// The spectra of a map's tiles, in memory for a block of them, or kept for all.
private struct TileSpectra {
  let source: FloatSource
  let layout: TileLayout
  let floatsPerTile: Int
  let isKept: Bool
  /// Whether an earlier pass has made them.
  let isReady: Bool

  /// The first of a block of tiles.
  func start(_ tiles: Range<Int>) -> Floats {
    source.pointer + (isKept ? tiles.lowerBound * floatsPerTile : 0)
  }
}

/// Tiles as units of work: one tile, and as many channels as are transformed together.
private struct TilePart {
  let layout: TileLayout
  let tiles: Range<Int>
  let slice: Int
  private let slices: Int

  init(_ layer: FourierLayer, _ layout: TileLayout, _ tiles: Range<Int>) {
    self.layout = layout
    self.tiles = tiles
    slice = layer.shape.channelSlice(layout.channels)
    slices = layout.channels / slice
  }

  var units: Int { tiles.count * slices }

  subscript(unit: Int) -> FourierLayer.Tile {
    let index = unit / slices, begin = unit % slices * slice
    return FourierLayer.Tile(
      layout: layout, number: tiles.lowerBound + index, index: index, count: tiles.count,
      channels: begin..<begin + slice)
  }
}

extension Lowering {
  func fourierPhases(
    _ shape: FourierConvolution, _ operands: ConvolutionOperands, _ shared: SharedSpectra,
    _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    guard let layer = FourierLayer(shape, device.tuner) else { return [] }
    workspace.needScratch(
      shape.size * shape.size
        * max(shape.channelSlice(shape.inChannels), shape.channelSlice(shape.outChannels)))
    let block = shape.tileBlock
    let ranges = stride(from: 0, to: shape.tiles, by: block).map { $0..<min($0 + block, shape.tiles) }
    let signal = tileSpectra(shape, shape.signal, shared.a, &cursor)
    if shape.pass == .gradWeight {
      let gradient = tileSpectra(shape, shape.gradient, shared.b, &cursor)
      return fourierGradWeight(layer, ranges, operands, signal, gradient, &cursor)
    }
    let product = tileSpectra(shape, shape.result, nil, &cursor)
    let (weights, cut) = slicedWeights(shape, operands.b, &cursor)
    return [cut]
      + ranges.flatMap { range in
        transformTiles(layer, range, operands.a, signal) + [
          multiplySpectra(layer, range, signal, weights, product),
          transformBack(layer, range, product, operands.result),
        ]
      }
  }

  // MARK: Transforms

  private func tileSpectra(
    _ shape: FourierConvolution, _ layout: TileLayout, _ shared: SharedSpectrum?,
    _ cursor: inout WorkspaceCursor
  ) -> TileSpectra {
    let floatsPerTile = shape.frequencyCount * 2 * layout.channels
    let source =
      shared.map { FloatSource.kept(workspace, $0.offset) }
      ?? .workspace(workspace, cursor.take(floatsPerTile * shape.tileBlock))
    return TileSpectra(
      source: source, layout: layout, floatsPerTile: floatsPerTile, isKept: shared != nil,
      isReady: shared.map { !$0.isMadeHere } ?? false)
  }

  /// Makes the spectra of some tiles of a map, where nobody has before.
  private func transformTiles(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ map: FloatSource, _ spectra: TileSpectra
  ) -> [Phase] {
    if spectra.isReady { return [] }
    let workspace = workspace, table = table
    let part = TilePart(layer, spectra.layout, tiles)
    return [
      Phase(units: part.units) { unit, worker in
        layer.transform(
          part[unit], map.pointer, workspace.scratch(worker), table, spectra.start(tiles))
      }
    ]
  }

  private func transformBack(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ spectra: TileSpectra, _ map: FloatSource
  ) -> Phase {
    let workspace = workspace, table = table
    let part = TilePart(layer, spectra.layout, tiles)
    return Phase(units: part.units) { unit, worker in
      layer.transformBack(
        part[unit], map.pointer, workspace.scratch(worker), table, spectra.start(tiles))
    }
  }

  // MARK: Products

  /// Output channels whose weights a unit brings to its frequencies.
  private func outputSlices(_ s: FourierConvolution) -> Pieces {
    Pieces(s.outChannels, grain: 32, limit: 1 << 30, multipleOf: 32)
  }

  /// The weights by slices of output channels, so that a unit reads them one after the other: of a slice a matrix a tap, from the
  /// signal's channels to the slice's. The input gradient finds the signal's channels outermost.
  private func slicedWeights(
    _ s: FourierConvolution, _ weights: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> (FloatSource, Phase) {
    let rows = s.taps * s.inChannels, columns = s.outChannels
    let sliced = FloatSource.workspace(workspace, cursor.take(rows * columns))
    let table = table, slices = outputSlices(s), pieces = Pieces(rows, grain: 64)
    let isBackward = s.pass == .gradInput
    let phase = Phase(units: slices.units * pieces.units) { unit, _ in
      let slice = slices[unit % slices.units], piece = pieces[unit / slices.units]
      let target = sliced.pointer + slice.lowerBound * rows + piece.lowerBound * slice.count
      if isBackward {
        for row in piece {
          (target + (row - piece.lowerBound) * slice.count).update(
            from: weights.pointer + row * columns + slice.lowerBound, count: slice.count)
        }
      } else {
        table.transpose(
          Int64(slice.count), Int64(piece.count),
          weights.pointer + slice.lowerBound * rows + piece.lowerBound, Int64(rows), target,
          Int64(slice.count))
      }
    }
    return (sliced, phase)
  }

  /// A unit takes some output channels and some frequencies, one after the other: brings the weights to the frequency, in
  /// panels, and multiplies by them while they are in the cache, as are the taps that all frequencies of the unit read.
  private func multiplySpectra(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ signal: TileSpectra, _ weights: FloatSource,
    _ product: TileSpectra
  ) -> Phase {
    let s = layer.shape, table = table, workspace = workspace, width = Int(table.panelWidth)
    let slices = outputSlices(s), rows = s.taps * s.inChannels
    let groups = Pieces(s.frequencyCount, grain: 8, limit: max(8, 64 / slices.units))
    let columns = min(slices.size, s.outChannels), isBackward = s.pass == .gradInput
    // A slice that is not as wide has its halves closer together.
    func half(_ columns: Int) -> Int { (columns + width - 1) / width * width * 2 * s.inChannels }
    let size = 2 * half(columns), together = max(1, min(4, (256 << 10) / size))
    workspace.needScratch(together * size + 2 * columns)
    return Phase(units: groups.units * slices.units) { unit, worker in
      let slice = slices[unit % slices.units], group = groups[unit / slices.units]
      let panels = workspace.scratch(worker)
      for begin in stride(from: group.lowerBound, to: group.upperBound, by: together) {
        let some = begin..<min(begin + together, group.upperBound)
        layer.withFactors(begin) { factors in
          table.spectralWeights(
            Int64(some.count), Int64(s.taps), Int64(s.inChannels), Int64(slice.count),
            weights.pointer + slice.lowerBound * rows,
            Int64(isBackward ? slice.count : s.inChannels * slice.count),
            Int64(isBackward ? s.taps * slice.count : slice.count), factors, panels, Int64(size),
            panels + together * size)
        }
        for frequency in some {
          let left = signal.start(tiles) + frequency * tiles.count * 2 * s.inChannels
          let result = product.start(tiles) + frequency * tiles.count * 2 * s.outChannels + slice.lowerBound
          for part in 0..<2 {
            table.gemm(
              Int64(tiles.count), Int64(slice.count), Int64(2 * s.inChannels), left, Int64(2 * s.inChannels),
              1,
              panels + (frequency - begin) * size + part * half(slice.count), result + part * s.outChannels,
              Int64(2 * s.outChannels), false)
          }
        }
      }
    }
  }

  /// Each frequency's product of spectra goes back to the taps at once. A unit sums up a fixed part of the frequencies for a
  /// slice of the output channels, so that what it adds to stays in the cache.
  private func fourierGradWeight(
    _ layer: FourierLayer, _ ranges: [Range<Int>], _ operands: ConvolutionOperands, _ signal: TileSpectra,
    _ gradient: TileSpectra, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let s = layer.shape, table = table, workspace = workspace
    let row = s.taps * s.inChannels, size = row * s.outChannels
    guard s.tiles > 0 else { return [zeroed(operands.result, size)] }
    let slices = Pieces(s.outChannels, grain: 32, limit: 1 << 30, multipleOf: 2)
    let parts = Pieces(s.frequencyCount, grain: 1, limit: size <= 1 << 18 ? 8 : 2)
    let partial = FloatSource.workspace(workspace, cursor.take(parts.units * size))
    let product = 4 * s.inChannels * min(slices.size, s.outChannels)
    workspace.needScratch(product + 2 * s.inChannels)
    var phases: [Phase] = []
    for tiles in ranges {
      phases += transformTiles(layer, tiles, operands.a, signal)
      phases += transformTiles(layer, tiles, operands.b, gradient)
      phases.append(
        Phase(units: parts.units * slices.units) { unit, worker in
          let part = unit / slices.units, slice = slices[unit % slices.units]
          let scratch = workspace.scratch(worker)
          let sums = partial.pointer + part * size + slice.lowerBound * row
          if tiles.lowerBound == 0 { sums.update(repeating: 0, count: slice.count * row) }
          for frequency in parts[part] {
            table.spectralProduct(
              Int64(tiles.count), Int64(s.inChannels), Int64(s.outChannels), Int64(slice.lowerBound),
              Int64(slice.upperBound), signal.start(tiles) + frequency * tiles.count * 2 * s.inChannels,
              gradient.start(tiles) + frequency * tiles.count * 2 * s.outChannels, scratch)
            layer.withFactors(frequency) { cosine in
              table.spectralTaps(
                Int64(s.taps), Int64(s.inChannels), Int64(slice.count), scratch, cosine, cosine + s.taps,
                sums,
                scratch + product)
            }
          }
        })
    }
    return phases + [addParts(parts.units, size, partial, operands.result)]
  }
}
