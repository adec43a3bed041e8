import SfumatoGraph

/// The weights (O, taps, C) as one matrix a tap, from the signal's channels to the result's, result channels next to each other.
/// The input gradient, whose signal has O channels, finds them so; for the forward pass they must be turned first.
struct TapMatrices {
  let pass: ConvolutionPass
  let taps: Int
  /// Channels of the signal and of the result.
  let inChannels: Int
  let outChannels: Int

  init(_ pass: ConvolutionPass, _ taps: Int, _ inChannels: Int, _ outChannels: Int) {
    self.pass = pass
    self.taps = taps
    self.inChannels = inChannels
    self.outChannels = outChannels
  }

  /// Elements from one tap to the next, and from one row (signal channel) to the next.
  var tapStride: Int { pass == .forward ? inChannels * outChannels : outChannels }
  var rowStride: Int { pass == .forward ? outChannels : taps * outChannels }
}

extension Lowering {
  /// The weights in the order that `matrices` tells, and the phases that bring them into it.
  func turnedWeights(
    _ matrices: TapMatrices, _ weights: FloatSource, _ cursor: inout WorkspaceCursor
  ) -> (FloatSource, [Phase]) {
    guard matrices.pass == .forward else { return (weights, []) }
    let rows = matrices.taps * matrices.inChannels
    let turned = FloatSource.workspace(workspace, cursor.take(rows * matrices.outChannels))
    let table = table, columns = matrices.outChannels
    let pieces = Pieces(rows, grain: 64)
    let phase = Phase(units: pieces.units) { unit, _ in
      let begin = pieces[unit].lowerBound
      table.transpose(
        Int64(columns), Int64(pieces[unit].count), weights.pointer + begin, Int64(rows),
        turned.pointer + begin * columns, Int64(columns))
    }
    return (turned, [phase])
  }
}
