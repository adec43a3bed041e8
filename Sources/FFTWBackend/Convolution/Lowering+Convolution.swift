import CVectorKernels
import SfumatoGraph

/// The three passes of a convolution layer.
enum ConvolutionPass: String, CaseIterable {
  case forward, gradInput, gradWeight
}

extension Lowering {
  func convolution(_ node: Node, _ index: Int) -> (String, [Phase]) {
    guard let (layer, method) = convolutions.passes[index] else { return (node.op.name, []) }
    let shared = convolutions.spectra[index]
    let phases = inFloats(node, pieces: pieceSizes(layer, method, node)) { inputs, outputs, cursor in
      let operands = ConvolutionOperands(a: inputs[0], b: inputs[1], result: outputs[0])
      return convolutionPhases(layer, method, operands, shared, &cursor)
    }
    return ("\(node.op.name) \(method.name)", phases)
  }

  func convolutionPhases(
    _ layer: LayerPass, _ method: ConvolutionChoice.Method, _ operands: ConvolutionOperands,
    _ shared: SharedSpectra, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let (geometry, pass, batch) = (layer.geometry, layer.pass, layer.batch)
    switch method {
    case .product: return pointProduct(layer, operands, &cursor)
    case .tiles:
      switch pass {
      case .forward: return tileForward(geometry, batch, operands, &cursor)
      case .gradInput: return tileGradInput(geometry, batch, operands, &cursor)
      case .gradWeight: return tileGradWeight(geometry, batch, operands, &cursor)
      }
    case .winograd:
      return winogradPhases(WinogradConvolution(geometry, pass, batch: batch), operands, &cursor)
    case .fourier(let cut):
      return fourierPhases(
        FourierConvolution(geometry, pass, batch: batch, cut: cut), operands, shared, &cursor)
    }
  }

  /// Which operands kernels of a method take in pieces, or as they are stored.
  private func pieceSizes(_ layer: LayerPass, _ method: ConvolutionChoice.Method, _ node: Node) -> PieceSizes
  {
    switch method {
    case .winograd: WinogradConvolution(layer.geometry, layer.pass, batch: layer.batch).pieceSizes
    case .product:
      storedPieces(layer.product, node)
        ?? (layer.pass == .gradWeight ? PieceSizes() : pieceSizes(layer.product))
    case .tiles, .fourier: PieceSizes()
    }
  }

  private func pointProduct(
    _ layer: LayerPass, _ operands: ConvolutionOperands, _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let isTurned = layer.pass == .gradWeight
    return product(
      layer.product, isTurned ? operands.b : operands.a, isTurned ? operands.a : operands.b, operands.result,
      &cursor)
  }
}

extension LayerPass {
  /// A 1×1 convolution is one matrix product over all pixels; for the weight gradient the operands change places.
  fileprivate var product: MatrixProduct {
    let pixels = batch * geometry.inputHeight * geometry.inputWidth
    let (c, o) = (geometry.inChannels, geometry.outChannels)
    return switch pass {
    case .forward:
      MatrixProduct(batch: 1, m: pixels, n: o, k: c, aRow: c, aStep: 1, bStep: 1, bColumn: c)
    case .gradInput:
      MatrixProduct(batch: 1, m: pixels, n: c, k: o, aRow: o, aStep: 1, bStep: c, bColumn: 1)
    case .gradWeight:
      MatrixProduct(batch: 1, m: o, n: c, k: pixels, aRow: 1, aStep: o, bStep: c, bColumn: 1)
    }
  }
}

/// The two operands of a pass, as the primitive takes them, and its result.
struct ConvolutionOperands {
  var a: FloatSource
  var b: FloatSource
  var result: FloatSource
}
