import CVectorKernels
import SfumatoBackend
import SfumatoGraph

/// Measures algorithms for a pass with the real kernels on synthetic data, one after the other in the same memory.
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

  /// A pass, and an algorithm for it.
  struct Pass {
    var layer: LayerPass
    var method: ConvolutionChoice.Method
  }

  /// The fastest of several algorithms for the passes of a layer one after the other, of which those that are likely fast should
  /// come first: what is clearly slower than an earlier one is given up early. Nil where none can be computed.
  func fastest(of algorithms: [[Pass]]) throws -> Int? {
    let saved = flushDenormals()
    defer { restoreDenormals(saved) }
    var best: (algorithm: Int, seconds: Double)?
    for (number, algorithm) in algorithms.enumerated() {
      guard let phases = try phases(algorithm) else { continue }
      try workspace.allocate(workers: device.workers.count)
      let seconds = time(phases, limit: best?.seconds)
      if seconds < best?.seconds ?? .infinity { best = (number, seconds) }
    }
    return best?.algorithm
  }

  private func phases(_ algorithm: [Pass]) throws -> [Phase]? {
    // The spectra that the passes share are shared here, too.
    let spectra = SpectraPlan(
      algorithm.enumerated().compactMap { number, pass in
        guard case .fourier(let cut) = pass.method else { return nil }
        let (layer, operands) = (pass.layer, Operand.of(pass.layer.pass))
        return SpectraPlan.Pass(
          node: number,
          shape: FourierConvolution(layer.geometry, layer.pass, batch: layer.batch, cut: cut),
          a: ValueID(operands.a.rawValue), b: ValueID(operands.b.rawValue))
      })
    workspace.needKept(spectra.floats)
    var phases: [Phase] = []
    for (number, pass) in algorithm.enumerated() {
      var cursor = WorkspaceCursor()
      let next = lowering.convolutionPhases(
        pass.layer, pass.method, try place(pass.layer), spectra[number], &cursor
      ).filter { $0.units > 0 }
      if next.isEmpty { return nil }
      workspace.needShared(cursor.floats)
      phases += next
    }
    return phases
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

  /// What a pass reads.
  private enum Operand: Int, CaseIterable {
    case x, weights, gradient

    static func of(_ pass: ConvolutionPass) -> (a: Operand, b: Operand) {
      switch pass {
      case .forward: (.x, .weights)
      case .gradInput: (.gradient, .weights)
      case .gradWeight: (.x, .gradient)
      }
    }
  }

  /// All passes of a layer find the same operands, and leave their results in the same place.
  private func place(_ layer: LayerPass) throws(BackendError) -> ConvolutionOperands {
    let (g, batch) = (layer.geometry, layer.batch)
    let counts = [
      g.inputShape(batch: batch).count, g.weightShape.count, g.outputShape(batch: batch).count,
    ]
    // 64-byte boundaries, and a margin that vector loads may run into.
    let sizes = counts.map { ($0 + 15) / 16 * 16 + Memory.margin / 4 }
    let source = try grown(operands, sizes.reduce(0, +) * 4)
    if source !== operands { fill(source) }
    let target = try grown(result, (counts.max() ?? 0) * 4)
    (operands, result) = (source, target)
    let base = source.base.assumingMemoryBound(to: Float.self)
    let (a, b) = Operand.of(layer.pass)
    return ConvolutionOperands(
      a: .memory(base + sizes[..<a.rawValue].reduce(0, +)),
      b: .memory(base + sizes[..<b.rawValue].reduce(0, +)),
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
