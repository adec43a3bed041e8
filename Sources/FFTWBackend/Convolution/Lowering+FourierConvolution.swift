import CVectorKernels
import SfumatoGraph

/// What the phases of one convolution in the frequency domain share.
private final class FourierLayer {
  let shape: FourierConvolution
  let frequencies: [(place: Int, mirror: Int)]
  /// Cosines, then sines, of every kept frequency.
  let factors: [Float]
  let inPlan: FourierPlan
  let outPlan: FourierPlan

  init?(_ shape: FourierConvolution, _ tuner: Tuner) {
    guard let inPlan = tuner.plan(size: shape.size, channels: shape.inChannels),
      let outPlan = tuner.plan(size: shape.size, channels: shape.outChannels)
    else { return nil }
    self.shape = shape
    self.inPlan = inPlan
    self.outPlan = outPlan
    frequencies = shape.frequencies
    let points = Double(shape.size * shape.size)
    factors = frequencies.flatMap { place, mirror in
      // A spectrum in crossed form is twice the true one. The weight gradient multiplies two of them, and sums over all
      // frequencies, where a mirrored pair counts twice.
      let scale = shape.pass == .gradWeight ? (place == mirror ? 0.25 : 0.5) / points : 0.5 / points
      let phases = shape.phases(place, scale: scale)
      return phases.cosine + phases.sine
    }
  }

  func withFactors(
    _ frequency: Int, _ body: (_ cosine: UnsafePointer<Float>, _ sine: UnsafePointer<Float>) -> Void
  ) {
    factors.withUnsafeBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      let cosine = start + frequency * 2 * shape.taps
      body(cosine, cosine + shape.taps)
    }
  }
}

extension Lowering {
  func fourierPhases(
    _ shape: FourierConvolution, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    guard let layer = FourierLayer(shape, device.tuner) else { return [] }
    workspace.needScratch(shape.size * shape.size * max(shape.inChannels, shape.outChannels))
    let block = shape.tileBlock
    let ranges = stride(from: 0, to: shape.tiles, by: block).map { $0..<min($0 + block, shape.tiles) }
    let spectrum = FloatSource.workspace(
      workspace, cursor.take(shape.frequencyCount * block * 2 * shape.inChannels))
    let other = FloatSource.workspace(
      workspace, cursor.take(shape.frequencyCount * block * 2 * shape.outChannels))
    if shape.pass == .gradWeight {
      return fourierGradWeight(layer, ranges, operands, spectrum, other, &cursor)
    }
    let (panels, prepare) = spectralWeights(layer, operands.b, &cursor)
    return prepare
      + ranges.flatMap { range in
        [
          transformInput(layer, range, operands.a, spectrum),
          multiplySpectra(layer, range, spectrum, panels, other),
          transformOutput(layer, range, other, operands.result),
        ]
      }
  }

  // MARK: Transforms

  /// The spectra of input tiles: the tile with zeros around the image, transformed, pairs of channels taken apart.
  private func transformInput(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ input: FloatSource, _ spectrum: FloatSource
  ) -> Phase {
    let s = layer.shape
    return transformTiles(layer, tiles, s.inChannels, layer.inPlan, spectrum) { origin, buffer in
      cutTile(
        input.pointer + origin.image * s.inRows * s.inCols * s.inChannels, rows: s.inRows, cols: s.inCols,
        channels: s.inChannels, top: origin.row - s.padTop, left: origin.col - s.padLeft, height: s.size,
        width: s.size, size: s.size, buffer)
    }
  }

  /// The spectra of the tiles of dy for the weight gradient: what overlap-save would discard is zero.
  private func transformGradient(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ gradient: FloatSource, _ spectrum: FloatSource
  ) -> Phase {
    let s = layer.shape
    return transformTiles(layer, tiles, s.outChannels, layer.outPlan, spectrum) { origin, buffer in
      cutTile(
        gradient.pointer + origin.image * s.outRows * s.outCols * s.outChannels, rows: s.outRows,
        cols: s.outCols,
        channels: s.outChannels, top: origin.row, left: origin.col, height: s.usefulRows, width: s.usefulCols,
        size: s.size, buffer)
    }
  }

  /// Cuts each tile into a worker's buffer, transforms it there, and takes pairs of channels apart.
  private func transformTiles(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ channels: Int, _ plan: FourierPlan, _ spectrum: FloatSource,
    cut: @escaping (_ origin: (image: Int, row: Int, col: Int), _ buffer: UnsafeMutablePointer<Float>) -> Void
  ) -> Phase {
    let s = layer.shape, workspace = workspace, table = table
    return Phase(units: tiles.count) { unit, worker in
      let (image, row, col) = s.origin(tiles.lowerBound + unit)
      let buffer = workspace.scratch(worker)
      cut((image, row, col), buffer)
      plan.run(buffer, isInverse: false)
      takeApart(layer, table, channels, buffer, spectrum.pointer, unit, tiles.count)
    }
  }

  private func transformOutput(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ spectrum: FloatSource, _ output: FloatSource
  ) -> Phase {
    let s = layer.shape, workspace = workspace, table = table
    let channels = s.outChannels
    return Phase(units: tiles.count) { unit, worker in
      let (image, row, col) = s.origin(tiles.lowerBound + unit)
      let buffer = workspace.scratch(worker)
      for (index, frequency) in layer.frequencies.enumerated() {
        table.joinSpectrum(
          Int64(channels), spectrum.pointer + (index * tiles.count + unit) * 2 * channels,
          buffer + frequency.place * channels, buffer + frequency.mirror * channels)
      }
      layer.outPlan.run(buffer, isInverse: true)
      let width = min(s.usefulCols, s.outCols - col)
      for r in 0..<min(s.usefulRows, s.outRows - row) {
        let target = output.pointer + ((image * s.outRows + row + r) * s.outCols + col) * channels
        target.update(from: buffer + r * s.size * channels, count: width * channels)
      }
    }
  }

  // MARK: Products

  /// The weights of every frequency, packed for the product.
  private func spectralWeights(
    _ layer: FourierLayer, _ weights: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> (panels: FloatSource, phases: [Phase]) {
    let s = layer.shape, table = table, workspace = workspace
    let width = Int(table.panelWidth)
    let panelCount = (2 * s.outChannels + width - 1) / width
    let size = panelCount * 2 * s.inChannels * width
    let panels = FloatSource.workspace(workspace, cursor.take(layer.frequencies.count * size))
    workspace.needScratch(2 * s.outChannels)
    let source = TapMatrices(s.pass, s.taps, s.inChannels, s.outChannels)
    let (taken, turn) = turnedWeights(source, weights, &cursor)
    var phases = turn
    phases.append(
      Phase(units: layer.frequencies.count) { frequency, worker in
        layer.withFactors(frequency) { cosine, sine in
          table.spectralWeights(
            Int64(s.taps), Int64(s.inChannels), Int64(s.outChannels), taken.pointer, Int64(source.tapStride),
            Int64(source.rowStride), cosine, sine, panels.pointer + frequency * size,
            workspace.scratch(worker))
        }
      })
    return (panels, phases)
  }

  private func multiplySpectra(
    _ layer: FourierLayer, _ tiles: Range<Int>, _ spectrum: FloatSource, _ panels: FloatSource,
    _ product: FloatSource
  ) -> Phase {
    let s = layer.shape, table = table
    let width = Int(table.panelWidth)
    let size = (2 * s.outChannels + width - 1) / width * 2 * s.inChannels * width
    return Phase(units: layer.frequencies.count) { frequency, _ in
      table.gemm(
        Int64(tiles.count), Int64(2 * s.outChannels), Int64(2 * s.inChannels),
        spectrum.pointer + frequency * tiles.count * 2 * s.inChannels, Int64(2 * s.inChannels), 1,
        panels.pointer + frequency * size, product.pointer + frequency * tiles.count * 2 * s.outChannels,
        Int64(2 * s.outChannels), false)
    }
  }

  /// Each frequency's product of spectra goes back to the taps at once; a fixed number of partial sums over frequencies.
  private func fourierGradWeight(
    _ layer: FourierLayer, _ ranges: [Range<Int>], _ operands: ConvolutionOperands, _ spectrum: FloatSource,
    _ other: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let s = layer.shape, table = table, workspace = workspace
    let size = s.taps * s.inChannels * s.outChannels
    let parts = Pieces(layer.frequencies.count, grain: 1, limit: size <= 1 << 20 ? 8 : 2)
    let partial = FloatSource.workspace(workspace, cursor.take(parts.units * size))
    let product = 4 * s.inChannels * s.outChannels
    workspace.needScratch(product + 2 * s.inChannels)
    var phases = [
      Phase(units: parts.units) { part, _ in
        (partial.pointer + part * size).update(repeating: 0, count: size)
      }
    ]
    for tiles in ranges {
      phases.append(transformInput(layer, tiles, operands.a, spectrum))
      phases.append(transformGradient(layer, tiles, operands.b, other))
      phases.append(
        Phase(units: parts.units) { part, worker in
          let scratch = workspace.scratch(worker)
          for frequency in parts[part] {
            table.spectralProduct(
              Int64(tiles.count), Int64(s.inChannels), Int64(s.outChannels),
              spectrum.pointer + frequency * tiles.count * 2 * s.inChannels,
              other.pointer + frequency * tiles.count * 2 * s.outChannels, scratch)
            layer.withFactors(frequency) { cosine, sine in
              table.spectralTaps(
                Int64(s.taps), Int64(s.inChannels), Int64(s.outChannels), scratch, cosine, sine,
                partial.pointer + part * size, scratch + product)
            }
          }
        })
    }
    return phases + [addParts(parts.units, size, partial, operands.result)]
  }
}

/// Copies `height` × `width` pixels from (top, left) of an image, zeros outside, into the corner of a square that is zero
/// elsewhere.
private func cutTile(
  _ plane: Floats, rows: Int, cols: Int, channels: Int, top: Int, left: Int, height: Int, width: Int,
  size: Int,
  _ buffer: Floats
) {
  let from = max(0, left), upTo = min(cols, left + width)
  for r in 0..<size {
    let target = buffer + r * size * channels
    let row = top + r
    guard r < height, row >= 0, row < rows, from < upTo else {
      target.update(repeating: 0, count: size * channels)
      continue
    }
    let before = (from - left) * channels, count = (upTo - from) * channels
    target.update(repeating: 0, count: before)
    (target + before).update(from: plane + (row * cols + from) * channels, count: count)
    (target + before + count).update(repeating: 0, count: size * channels - before - count)
  }
}

private func takeApart(
  _ layer: FourierLayer, _ table: VectorKernels, _ channels: Int, _ buffer: Floats, _ spectrum: Floats,
  _ tile: Int, _ tileCount: Int
) {
  for (index, frequency) in layer.frequencies.enumerated() {
    table.splitSpectrum(
      Int64(channels), buffer + frequency.place * channels, buffer + frequency.mirror * channels,
      spectrum + (index * tileCount + tile) * 2 * channels)
  }
}
