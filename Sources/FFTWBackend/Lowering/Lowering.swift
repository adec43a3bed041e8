import CVectorKernels
import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

typealias Floats = UnsafeMutablePointer<Float>

/// Turns the nodes of a planned program into kernels over its memory.
struct Lowering {
  let program: Program
  let plan: MemoryPlan
  let values: ValueMemory
  let workspace: Workspace
  let device: CPUDevice
  let table: VectorKernels
  private(set) var convolutions = ConvolutionMethods()

  init(_ planned: PlannedProgram, values: ValueMemory, workspace: Workspace, device: CPUDevice) {
    program = planned.program
    plan = planned.plan
    self.values = values
    self.workspace = workspace
    self.device = device
    table = device.kernels.pointee
  }

  /// - Parameter foreign: who runs some of the nodes instead.
  mutating func kernels(foreign: (any ForeignNodes)?) throws -> [Kernel] {
    chooseConvolutions(foreign: foreign)
    var kernels: [Kernel] = []
    var segments = (foreign?.segments ?? [])[...]
    var fused: Int?
    for (index, node) in program.nodes.enumerated() {
      if index == fused { continue }
      if let foreign, let segment = segments.first, segment.contains(index) {
        if index == segment.lowerBound {
          let values = values
          let run = try foreign.makeRunner(segment) { values[$0] }
          let work = segment.reduce(0) { $0 + program.multiplyAdds(of: program.nodes[$1]) }
          kernels.append(
            Kernel(
              name: "\(node.op.name) foreign", node: node.name, multiplyAdds: work, phases: [], foreign: run))
        }
        if index + 1 == segment.upperBound { segments.removeFirst() }
        continue
      }
      if plan.isElided[index] { continue }
      var (name, phases) = try lower(node, index)
      if let next = follower(of: index, before: segments.first?.lowerBound),
        let joined = try finish(phases, of: node, with: program.nodes[next])
      {
        (phases, fused) = (joined, next)
      }
      kernels.append(
        Kernel(
          name: name, node: node.name, multiplyAdds: program.multiplyAdds(of: node),
          phases: phases.filter { $0.units > 0 }))
    }
    let copies = snapshots() + plan.stateCopies.map { copyState($0.value, $0.state) }
    if !copies.isEmpty { kernels.append(Kernel(name: "copy", node: "", phases: copies)) }
    return kernels
  }

  /// What a step needs beside what is there already may take half of the memory that is left for spectra.
  private mutating func chooseConvolutions(foreign: (any ForeignNodes)?) {
    let isElided = plan.isElided, segments = foreign?.segments ?? []
    let nodes = ConvolutionNode.all(in: program) { index in
      !isElided[index] && !segments.contains { $0.contains(index) }
    }
    let room = Processor.availableMemory.map { max(0, $0 - plan.arenaByteCount) / 2 } ?? .max
    convolutions = ConvolutionMethods(nodes, on: device, room: room)
    workspace.needKept(convolutions.spectra.floats)
  }

  private func snapshots() -> [Phase] {
    program.outputs.enumerated().compactMap { index, port in
      guard let memory = values.snapshots[index] else { return nil }
      return copyBytes(values[port.value], memory.base, memory.byteCount)
    }
  }

  private func copyState(_ value: ValueID, _ state: Int) -> Phase {
    copyBytes(values[value], values[program.states[state].input], program[value].byteCount)
  }

  private func copyBytes(_ from: UnsafeMutableRawPointer, _ to: UnsafeMutableRawPointer, _ count: Int)
    -> Phase
  {
    let pieces = Pieces(count, grain: 1 << 18)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      (to + range.lowerBound).copyMemory(from: from + range.lowerBound, byteCount: range.count)
    }
  }

  private func lower(_ node: Node, _ index: Int) throws(BackendError) -> (String, [Phase]) {
    switch node.op {
    // An output without memory of its own is elided by the plan; these are what is left.
    case .constant, .reshape, .stopGradient: return (node.op.name, [copyAll(node.inputs, node.outputs[0])])
    case .unary, .binary, .cast, .select:
      return ("pointwise", try pointwise(node))
    case .region(let region): return try lower(region, node)
    case .reduce(let op, let axes): return (node.op.name, try reduction(op, axes, node))
    case .cumsum(let axis, let reversed): return (node.op.name, cumsum(axis, reversed, node))
    case .transpose, .broadcast, .slice, .pad, .concat: return (node.op.name, movement(node))
    case .gather: return (node.op.name, gather(node))
    case .scatterAdd: return (node.op.name, try scatterAdd(node))
    case .iota(let axis, let shape): return (node.op.name, [iota(axis, shape, node.outputs[0])])
    case .randomBits(let purpose, let bits, let shape):
      return (node.op.name, [randomBits(purpose, bits, shape, node)])
    case .matmul(let transposeA, let transposeB): return (node.op.name, matmul(transposeA, transposeB, node))
    case .conv, .convGradInput, .convGradWeight: return convolution(node, index)
    }
  }

  private func lower(_ region: Region, _ node: Node) throws(BackendError) -> (String, [Phase]) {
    if region.isPointwise {
      return ("pointwise", try pointwise(node))
    }
    guard let kernel = RegionKernel(region) else {
      throw .unsupported(
        backend: "fftw", operation: region.name, problem: "the region should have been replaced by its body")
    }
    return (
      region.name,
      inFloats(node, pieces: kernel.pieceSizes(program[node.inputs[0]].shape)) {
        regionPhases(kernel, node, $0, $1, &$2)
      }
    )
  }

  private func copyAll(_ inputs: [ValueID], _ output: ValueID) -> Phase {
    let to = values[output]
    return copyBytes(inputs.first.map { values[$0] } ?? to, to, program[output].byteCount)
  }

  // MARK: Half-precision storage

  /// Runs a kernel that knows floats only: operands and results that are stored as f16 or bf16 are converted to and from
  /// copies in the workspace, or where `pieces` names them by each unit for itself. `make` is handed where to find operands
  /// and results, and a cursor behind those copies.
  func inFloats(
    _ node: Node, pieces: PieceSizes = PieceSizes(),
    _ make: (_ inputs: [FloatSource], _ outputs: [FloatSource], _ cursor: inout WorkspaceCursor) -> [Phase]
  ) -> [Phase] {
    var cursor = WorkspaceCursor(), pieceCursor = WorkspaceCursor()
    var before: [Phase] = [], after: [Phase] = []
    let inputs = node.inputs.enumerated().map { index, value -> FloatSource in
      if pieces.stored.contains(index) {
        return .stored(values[value].assumingMemoryBound(to: UInt16.self))
      }
      let source = source(value, piece: pieces.inputs[index], &cursor, &pieceCursor)
      if case .workspace = source { before.append(widened(value, source)) }
      return source
    }
    let outputs = node.outputs.enumerated().map { index, value in
      let source = source(value, piece: pieces.outputs[index], &cursor, &pieceCursor)
      if case .workspace = source {
        after.append(narrowed(value, source, isOnlyResult: node.outputs.count == 1))
      }
      return source
    }
    let phases = make(inputs, outputs, &cursor)
    workspace.needShared(cursor.floats)
    workspace.needPieces(pieceCursor.floats)
    return before + phases + after
  }

  private func source(
    _ value: ValueID, piece: Int?, _ cursor: inout WorkspaceCursor, _ pieceCursor: inout WorkspaceCursor
  ) -> FloatSource {
    if program[value].dtype.byteSize == 4 {
      return .memory(values[value].assumingMemoryBound(to: Float.self))
    }
    guard let piece else { return .workspace(workspace, cursor.take(program[value].count)) }
    return .pieces(
      StoredPieces(
        base: values[value].assumingMemoryBound(to: UInt16.self),
        storage: program[value].dtype.storage.rawValue, table: table, workspace: workspace,
        offset: pieceCursor.take(piece)))
  }

  private func widened(_ value: ValueID, _ source: FloatSource) -> Phase {
    let from = values[value].assumingMemoryBound(to: UInt16.self)
    let storage = program[value].dtype.storage.rawValue, table = table
    let pieces = Pieces(program[value].count, grain: 1 << 14)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      table.widen(Int64(range.count), from + range.lowerBound, storage, source.pointer + range.lowerBound)
    }
  }

  private func narrowed(_ value: ValueID, _ source: FloatSource, isOnlyResult: Bool) -> Phase {
    let to = values[value].assumingMemoryBound(to: UInt16.self)
    let storage = program[value].dtype.storage.rawValue, table = table
    // Whole pixels, so that what follows can repeat a number a channel.
    let pieces = Pieces(
      program[value].count, grain: 1 << 14, multipleOf: max(1, program[value].shape.dimensions.last ?? 1))
    let finished = { (unit: Int) -> Range<Int> in pieces[unit] }
    return Phase(units: pieces.units, finished: isOnlyResult ? finished : nil) { unit, _ in
      let range = pieces[unit]
      table.narrow(Int64(range.count), source.pointer + range.lowerBound, storage, to + range.lowerBound)
    }
  }
}

extension DType {
  var storage: ElementStorage {
    switch self {
    case .f16: ElementStorageF16
    case .bf16: ElementStorageBF16
    case .f32, .i32, .u32, .bool: ElementStorageWord
    }
  }
}
