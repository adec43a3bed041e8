import SfumatoGraph

/// The passes of one convolution layer that a program has, over the same batch: what is chosen for together.
struct LayerPasses: Hashable {
  var geometry: ConvGeometry
  var batch: Int
  var passes: Set<ConvolutionPass>

  var sorted: [ConvolutionPass] { ConvolutionPass.allCases.filter(passes.contains) }

  subscript(pass: ConvolutionPass) -> LayerPass {
    LayerPass(geometry: geometry, pass: pass, batch: batch)
  }

  /// Its name where choices are kept.
  var key: String { sorted.map(\.rawValue).joined(separator: " + ") + " \(batch) × \(geometry)" }
}

/// A convolution or one of its gradients in a program.
struct ConvolutionNode {
  var index: Int
  var layer: LayerPass
  /// The operands, as the primitive takes them; views of a whole value count as that.
  var a: ValueID
  var b: ValueID

  /// The convolutions among the nodes of a program that `isWanted` names, in order.
  static func all(in program: Program, where isWanted: (Int) -> Bool) -> [ConvolutionNode] {
    var whole: [ValueID: ValueID] = [:]
    var found: [ConvolutionNode] = []
    for (index, node) in program.nodes.enumerated() {
      switch node.op {
      case .reshape, .stopGradient:
        whole[node.outputs[0]] = whole[node.inputs[0]] ?? node.inputs[0]
        continue
      case .conv(let geometry): add(geometry, .forward)
      case .convGradInput(let geometry): add(geometry, .gradInput)
      case .convGradWeight(let geometry): add(geometry, .gradWeight)
      default: continue
      }
      func add(_ geometry: ConvGeometry, _ pass: ConvolutionPass) {
        guard isWanted(index) else { return }
        let batch = program[pass == .gradInput ? node.outputs[0] : node.inputs[0]].shape[0]
        found.append(
          ConvolutionNode(
            index: index, layer: LayerPass(geometry: geometry, pass: pass, batch: batch),
            a: whole[node.inputs[0]] ?? node.inputs[0], b: whole[node.inputs[1]] ?? node.inputs[1]))
      }
    }
    return found
  }

  fileprivate var x: ValueID? { layer.pass == .gradInput ? nil : a }
  fileprivate var weight: ValueID? { layer.pass == .gradWeight ? nil : b }
  fileprivate var gradient: ValueID? {
    switch layer.pass {
    case .forward: nil
    case .gradInput: a
    case .gradWeight: b
    }
  }

  /// Those that are passes of the same layer: they agree in x, weights and the result's gradient, as far as they have them, and
  /// have one of these in common.
  static func layers(_ nodes: [ConvolutionNode]) -> [[ConvolutionNode]] {
    var layers: [[ConvolutionNode]] = [], taken: Set<Int> = []
    for (place, first) in nodes.enumerated() where !taken.contains(first.index) {
      var layer = [first]
      // The weight gradient first: it tells which gradient belongs to which x where weights are used twice.
      for pass in [ConvolutionPass.gradWeight, .gradInput, .forward] {
        let next = nodes[(place + 1)...].first {
          $0.layer.pass == pass && !taken.contains($0.index) && $0.isPass(of: layer)
        }
        if let next { layer.append(next) }
      }
      taken.formUnion(layer.map(\.index))
      layers.append(layer)
    }
    return layers
  }

  private func isPass(of nodes: [ConvolutionNode]) -> Bool {
    var hasCommon = false
    for node in nodes {
      guard node.layer.geometry == layer.geometry, node.layer.batch == layer.batch,
        node.layer.pass != layer.pass
      else { return false }
      for (own, other) in [(x, node.x), (weight, node.weight), (gradient, node.gradient)] {
        guard let own, let other else { continue }
        if own != other { return false }
        hasCommon = true
      }
    }
    return hasCommon
  }
}
