import CVectorKernels
import SfumatoBackend
import SfumatoGraph

/// Measures ways of computing a pass with the real kernels on made-up data, one after the other in the same memory.
final class ConvolutionTrial {
  /// Runs after the warm-up, of which the shortest counts.
  private static let runs = 3
  private let device: CPUDevice
  private let workspace = Workspace()
  private let lowering: Lowering
  private var operands: Memory?
  private var result: Memory?

  init(_ device: CPUDevice) throws {
    self.device = device
    // Phases of a convolution need no program around them.
    let nothing = try device.plan(GraphBuilder().finish())
    lowering = Lowering(
      nothing, values: try ValueMemory(nothing, state: CPUState([])), workspace: workspace, device: device)
  }

  /// The fastest of `methods`, of which those that are likely fast should come first: what is clearly slower than an earlier one
  /// is given up early.
  func fastest(of methods: [ConvolutionChoice.Method], for layer: LayerPass) throws
    -> ConvolutionChoice.Method?
  {
    let saved = flushDenormals()
    defer { restoreDenormals(saved) }
    let places = try place(layer)
    var best: (method: ConvolutionChoice.Method, seconds: Double)?
    for method in methods {
      var cursor = WorkspaceCursor()
      let phases = lowering.convolutionPhases(layer, method, places, &cursor).filter { $0.units > 0 }
      if phases.isEmpty { continue }
      workspace.needShared(cursor.floats)
      try workspace.allocate(workers: device.workers.count)
      let seconds = time(phases, limit: best?.seconds)
      if seconds < best?.seconds ?? .infinity { best = (method, seconds) }
    }
    return best?.method
  }

  /// The shortest run, or the last one where it is clear that none will be shorter than `limit`.
  private func time(_ phases: [Phase], limit: Double?) -> Double {
    // The warm-up may have to wait for fresh memory.
    let warmUp = run(phases)
    if let limit, warmUp > 3 * limit { return warmUp }
    var shortest = Double.infinity
    for _ in 0..<Self.runs {
      shortest = min(shortest, run(phases))
      if let limit, shortest > 1.25 * limit { break }
    }
    return shortest
  }

  private func run(_ phases: [Phase]) -> Double {
    let start = Processor.time
    for phase in phases { device.workers.run(phase) }
    return Processor.time - start
  }

  private func place(_ layer: LayerPass) throws(BackendError) -> ConvolutionOperands {
    let (g, batch) = (layer.geometry, layer.batch)
    let (x, w, y) = (g.inputShape(batch: batch).count, g.weightShape.count, g.outputShape(batch: batch).count)
    let (a, b, c) =
      switch layer.pass {
      case .forward: (x, w, y)
      case .gradInput: (y, w, x)
      case .gradWeight: (x, y, w)
      }
    // 64-byte boundaries, and a margin that vector loads may run into.
    let second = (a + 15) / 16 * 16 + Memory.margin / 4
    let source = try grown(operands, (second + b) * 4)
    if source !== operands { fill(source) }
    let target = try grown(result, c * 4)
    (operands, result) = (source, target)
    let base = source.base.assumingMemoryBound(to: Float.self)
    return ConvolutionOperands(
      a: .memory(base), b: .memory(base + second),
      result: .memory(target.base.assumingMemoryBound(to: Float.self)))
  }

  private func grown(_ memory: Memory?, _ byteCount: Int) throws(BackendError) -> Memory {
    if let memory, memory.byteCount >= byteCount { return memory }
    return try Memory(byteCount: byteCount, purpose: "memory to measure in")
  }

  /// Numbers from -1 to 1: pages that nobody has written are all the same one, and too fast to read.
  private func fill(_ memory: Memory) {
    let floats = memory.base.assumingMemoryBound(to: Float.self)
    for index in 0..<memory.byteCount / 4 { floats[index] = Float(index % 251) / 125 - 1 }
  }
}
