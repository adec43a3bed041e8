import CVectorKernels
import SfumatoGraph

/// The regions that this backend has kernels for.
enum RegionKernel {
  case groupNorm(groups: Int, epsilon: Float, silu: Bool)
  case groupNormGrad(groups: Int, epsilon: Float, silu: Bool)
  case softmax
  case softmaxGrad
  case attention(heads: Int)
  case attentionGrad(heads: Int)

  init?(_ region: Region) {
    guard region.version == 1, Self.isFloat(region) else { return nil }
    switch region.name {
    case "softmax": self = .softmax
    case "softmaxGrad": self = .softmaxGrad
    case "attention", "attentionGrad":
      guard let heads = region.attributes["heads"]?.intValue else { return nil }
      self = region.name == "attention" ? .attention(heads: heads) : .attentionGrad(heads: heads)
    case "groupNorm", "groupNormGrad":
      guard let groups = region.attributes["groups"]?.intValue,
        let epsilon = region.attributes["eps"]?.floatValue,
        let activation = region.attributes["activation"]?.stringValue, ["none", "silu"].contains(activation)
      else { return nil }
      let silu = activation == "silu"
      self =
        region.name == "groupNorm"
        ? .groupNorm(groups: groups, epsilon: Float(epsilon), silu: silu)
        : .groupNormGrad(groups: groups, epsilon: Float(epsilon), silu: silu)
    default: return nil
    }
  }

  /// What is taken in pieces: of a normalisation an image at a time.
  func pieceSizes(_ shape: Shape) -> PieceSizes {
    let image = shape.dimensions.dropFirst().reduce(1, *)
    return switch self {
    case .groupNorm: PieceSizes(inputs: [0: image], outputs: [0: image])
    case .groupNormGrad: PieceSizes(inputs: [0: image, 2: image], outputs: [0: image])
    case .softmax, .softmaxGrad, .attention, .attentionGrad: PieceSizes()
    }
  }

  private static func isFloat(_ region: Region) -> Bool {
    (region.body.inputs + region.body.outputs).allSatisfy { region.body[$0.value].dtype.isFloat }
  }
}

extension Lowering {
  func regionPhases(
    _ kernel: RegionKernel, _ node: Node, _ inputs: [FloatSource], _ outputs: [FloatSource],
    _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let shape = program[node.inputs[0]].shape
    switch kernel {
    case .attention(let heads): return attention(node, heads, inputs, outputs)
    case .attentionGrad(let heads): return attentionGrad(node, heads, inputs, outputs)
    case _ where shape.count == 0: return emptySums(kernel, shape, outputs)
    case .softmax, .softmaxGrad: return softmax(kernel, shape, inputs, outputs)
    case .groupNorm(let groups, let epsilon, let silu):
      return groupNorm(Self.normTask(shape, groups, epsilon, silu), shape[0], inputs, outputs)
    case .groupNormGrad(let groups, let epsilon, let silu):
      return groupNormGrad(Self.normTask(shape, groups, epsilon, silu), shape[0], inputs, outputs, &cursor)
    }
  }

  /// Of no elements, only the sums over all of them have anything to write: zeros.
  private func emptySums(_ kernel: RegionKernel, _ shape: Shape, _ outputs: [FloatSource]) -> [Phase] {
    guard case .groupNormGrad = kernel else { return [] }
    let channels = shape.dimensions.last ?? 1
    return outputs[1...].map { output in
      Phase(units: 1) { _, _ in output.pointer.update(repeating: 0, count: channels) }
    }
  }

  private func softmax(
    _ kernel: RegionKernel, _ shape: Shape, _ inputs: [FloatSource], _ outputs: [FloatSource]
  ) -> [Phase] {
    let n = shape.dimensions.last ?? 1, table = table
    let rows = Pieces(shape.count / n, grain: max(1, (1 << 13) / n))
    return [
      Phase(units: rows.units) { unit, _ in
        let range = rows[unit], start = range.lowerBound * n
        if case .softmax = kernel {
          table.softmax(Int64(range.count), Int64(n), inputs[0].pointer + start, outputs[0].pointer + start)
        } else {
          table.softmaxGrad(
            Int64(range.count), Int64(n), inputs[0].pointer + start, inputs[1].pointer + start,
            outputs[0].pointer + start)
        }
      }
    ]
  }

  private static func normTask(_ shape: Shape, _ groups: Int, _ epsilon: Float, _ silu: Bool) -> NormTask {
    let channels = shape.dimensions.last ?? 1
    return NormTask(
      pixels: Int64(shape.dimensions.dropFirst().dropLast().reduce(1, *)), channels: Int64(channels),
      groups: Int64(groups), epsilon: epsilon, silu: silu)
  }

  private func groupNorm(
    _ task: NormTask, _ images: Int, _ inputs: [FloatSource], _ outputs: [FloatSource]
  ) -> [Phase] {
    let table = table, workspace = workspace
    let size = Int(task.pixels * task.channels)
    workspace.needScratch(2 * Int(task.channels))
    return [
      Phase(units: images) { image, worker in
        let range = image * size..<(image + 1) * size
        let x = inputs[0].read(range, worker), y = outputs[0].target(range, worker)
        withUnsafePointer(to: task) {
          table.groupNorm($0, x, inputs[1].pointer, inputs[2].pointer, y, workspace.scratch(worker))
        }
        outputs[0].keep(range, of: range, worker)
      }
    ]
  }

  private func groupNormGrad(
    _ task: NormTask, _ images: Int, _ inputs: [FloatSource], _ outputs: [FloatSource],
    _ cursor: inout WorkspaceCursor
  ) -> [Phase] {
    let table = table, workspace = workspace
    let channels = Int(task.channels), size = Int(task.pixels) * channels
    workspace.needScratch(4 * channels)
    let gammas = FloatSource.workspace(workspace, cursor.take(images * channels))
    let betas = FloatSource.workspace(workspace, cursor.take(images * channels))
    // (x, scale, dy), and the bias where there is an activation that needs it.
    let (x, gamma, dy) = (inputs[0], inputs[1], inputs[2]), beta = inputs.count > 3 ? inputs[3] : inputs[1]
    let perImage = Phase(units: images) { image, worker in
      let range = image * size..<(image + 1) * size
      let (x, dy) = (x.read(range, worker), dy.read(range, worker))
      let dx = outputs[0].target(range, worker)
      withUnsafePointer(to: task) {
        table.groupNormGrad(
          $0, x, gamma.pointer, beta.pointer, dy, dx, gammas.pointer + image * channels,
          betas.pointer + image * channels, workspace.scratch(worker))
      }
      outputs[0].keep(range, of: range, worker)
    }
    let sum = Phase(units: 2) { unit, _ in
      table.sumColumns(
        Int64(images), Int64(channels), (unit == 0 ? gammas : betas).pointer, Int64(channels),
        outputs[1 + unit].pointer)
    }
    return [perImage, sum]
  }
}
