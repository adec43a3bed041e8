import SfumatoGraph

/// How each convolution of a program is computed, and which spectra they share.
struct ConvolutionMethods {
  /// By node.
  private(set) var passes: [Int: (layer: LayerPass, method: ConvolutionChoice.Method)] = [:]
  private(set) var spectra = SpectraPlan([])

  init() {}

  /// - Parameters:
  ///   - nodes: those that this device computes.
  ///   - room: bytes that spectra may take; they change no results.
  init(_ nodes: [ConvolutionNode], on device: CPUDevice, room: Int) {
    for layer in ConvolutionNode.layers(nodes) {
      let first = layer[0].layer
      let methods = device.tuner.methods(
        for: LayerPasses(
          geometry: first.geometry, batch: first.batch, passes: Set(layer.map(\.layer.pass))), on: device)
      for node in layer { passes[node.index] = (node.layer, methods[node.layer.pass] ?? .tiles) }
    }
    spectra = SpectraPlan(
      nodes.compactMap { node in
        guard case .fourier(let cut) = passes[node.index]?.method else { return nil }
        let shape = FourierConvolution(
          node.layer.geometry, node.layer.pass, batch: node.layer.batch, cut: cut)
        return SpectraPlan.Pass(node: node.index, shape: shape, a: node.a, b: node.b)
      }, limit: room / 4)
  }
}
