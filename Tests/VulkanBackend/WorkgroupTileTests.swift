import CVulkan
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Matrices of whole workgroups: which tiles a device can have, and that nobody gets them unasked. No device of the suite has them.
@Suite struct WorkgroupTileTests {
  /// As a device has them that shares matrices of multiples of 16 among 128 or 256 invocations.
  private static let matrices = WorkgroupMatrices(
    granularities: [DType.f16, .bf16].flatMap { dtype in
      [128, 256].map { .init(dtype: dtype, m: 16, n: 16, k: 16, invocations: $0) }
    }, maxDimension: 1024, maxInvocations: 1024, sharedByteCount: 48 << 10)

  private func limits(_ workgroupMatrices: WorkgroupMatrices = matrices) -> KernelLimits {
    let matrix = CooperativeMatrix(m: 16, n: 16, k: 16)
    var limits = KernelLimits.ofGPU
    limits.matrices = CooperativeMatrices(float16: matrix, bfloat16: matrix)
    limits.workgroupMatrices = workgroupMatrices
    return limits
  }

  private static let geometry = ConvGeometry(
    inputHeight: 16, inputWidth: 16, inChannels: 64, outChannels: 128, kernelHeight: 3, kernelWidth: 3,
    padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)

  /// Products, transposed or not, and the passes of a convolution.
  private func tasks(_ dtype: DType, result: DType? = nil) throws -> [KernelTask] {
    let g = Self.geometry
    let (x, y) = (g.inputShape(batch: 4), g.outputShape(batch: 4))
    var operations: [(Op, [Shape], Shape)] = [
      (.conv(g), [x, g.weightShape], y), (.convGradInput(g), [y, g.weightShape], x),
      (.convGradWeight(g), [x, y], g.weightShape),
    ]
    for a in [false, true] {
      for b in [false, true] {
        operations.append(
          (
            .matmul(transposeA: a, transposeB: b),
            [a ? [2, 96, 200] : [2, 200, 96], b ? [2, 312, 96] : [2, 96, 312]], [2, 200, 312]
          ))
      }
    }
    return try operations.map { op, inputs, output in
      try #require(
        KernelTask(op, inputs.map { TensorType(dtype, $0) }, TensorType(result ?? dtype, output)))
    }
  }

  private func lower(
    _ task: KernelTask, _ choice: KernelChoice, _ limits: KernelLimits, begin: Int = 0
  ) throws -> [Dispatch] {
    var lowering = Lowering(
      limits, scratch: StepLayout.scratch, kept: StepLayout.kept,
      tables: TensorTables(in: StepLayout.constants, from: 0))
    lowering.choice = choice
    var end = begin
    let operands = (task.inputs + [task.result]).map { type in
      defer { end += (type.byteCount + 255) / 256 * 256 }
      return Operand(
        range: ByteRange(buffer: StepLayout.arena, offset: end, count: type.byteCount), type: type)
    }
    try lowering.lower(task.op, Array(operands.dropLast()), [operands[operands.count - 1]])
    return lowering.commands.compactMap { if case .dispatch(let dispatch) = $0 { dispatch } else { nil } }
  }

  @Test func whatADeviceAllows() {
    func names(_ isStaged: Bool = false, _ change: (inout WorkgroupMatrices) -> Void = { _ in }) -> [String] {
      var matrices = Self.matrices
      change(&matrices)
      return matrices.tiles(.f16, isStaged: isStaged).map(\.name)
    }
    #expect(names() == ["128×256", "128×128", "64×64"] && names(true) == names())
    #expect(names { $0.maxDimension = 128 } == ["128×128", "64×64"])
    #expect(names { $0.maxInvocations = 128 } == ["64×64"])
    #expect(names { $0.granularities.removeAll { $0.invocations == 128 } } == ["128×256", "128×128"])
    #expect(names { $0.granularities = $0.granularities.filter { $0.dtype == .bf16 } }.isEmpty)
    // Multiples of 128 columns, and of 64 steps, which products alone take.
    func coarse(_ n: Int, _ k: Int) -> (inout WorkgroupMatrices) -> Void {
      { $0.granularities = [.init(dtype: .f16, m: 32, n: n, k: k, invocations: 256)] }
    }
    #expect(names(false, coarse(256, 32)) == ["128×256"] && names(true, coarse(256, 32)) == ["128×256"])
    #expect(names(false, coarse(128, 64)) == ["128×256", "128×128"] && names(true, coarse(128, 64)).isEmpty)
    // Shared memory counts only where operands go through it.
    #expect(
      names(false) { $0.sharedByteCount = 0 }.count == 3 && names(true) { $0.sharedByteCount = 0 }.isEmpty)
    #expect(names(true) { $0.sharedByteCount = 24 << 10 } == ["128×128", "64×64"])
    #expect(WorkgroupMatrices().tiles(.f16, isStaged: false).isEmpty)
  }

  /// 128 + 256 lines of 32 steps, 80 bytes each.
  @Test func sharedMemory() {
    #expect(WorkgroupTile.staged.map(\.stagedByteCount) == [384 * 80, 256 * 80, 128 * 80])
    for tile in WorkgroupTile.direct + WorkgroupTile.staged {
      // Every invocation loads as many fours of either operand.
      #expect(tile.rows * tile.depth % (4 * tile.invocations) == 0)
      #expect(tile.columns * tile.depth % (4 * tile.invocations) == 0)
    }
  }

  @Test func whatDriversList() {
    var one = FlexibleMatrixProperties()
    (one.MGranularity, one.NGranularity, one.KGranularity) = (32, 16, 8)
    (one.CType, one.ResultType, one.scope, one.workgroupInvocations) = (1, 1, 2, 256)
    func read(_ change: (inout FlexibleMatrixProperties) -> Void) -> [WorkgroupMatrices.Granularity] {
      var changed = one
      change(&changed)
      return WorkgroupMatrices.granularities([changed])
    }
    #expect(read { _ in } == [.init(dtype: .f16, m: 32, n: 16, k: 8, invocations: 256)])
    #expect(read { ($0.AType, $0.BType) = (1_000_141_000, 1_000_141_000) }.map(\.dtype) == [.bf16])
    // Of subgroups, of other types, with sums in f16, of no extent.
    #expect(read { $0.scope = 3 }.isEmpty && read { $0.AType = 3 }.isEmpty)
    #expect(read { $0.ResultType = 0 }.isEmpty && read { $0.MGranularity = 0 }.isEmpty)
  }

  /// Behind all others, so that a cost model never takes them; by names of their own.
  @Test func choices() throws {
    for dtype in [DType.f16, .bf16] {
      for task in try tasks(dtype) {
        let without = task.choices(limits(WorkgroupMatrices())), all = task.choices(limits())
        #expect(without.allSatisfy { $0.tile == nil } && Array(all.prefix(without.count)) == without)
        let added = all.dropFirst(without.count)
        #expect(added.count == 9 && added.allSatisfy { $0.tile != nil })
        #expect(added.first?.name == "direct, tile 128×256" && Set(all.map(\.name)).count == all.count)
        #expect(added.contains { $0.name == "direct, tile 64×64, spread wide" })
      }
    }
    for task in try tasks(.f32) {
      #expect(task.choices(limits()).allSatisfy { $0.tile == nil })
    }
  }

  @Test func noneWithoutTheExtension() throws {
    guard let device = try testDevice() else { return }
    #expect(device.logical.physical.workgroupMatrices.isEmpty == device.limits.workgroupMatrices.isEmpty)
    guard device.limits.workgroupMatrices.isEmpty else { return }
    for task in try tasks(.f16) + tasks(.bf16) {
      #expect(task.choices(device.limits).allSatisfy { $0.tile == nil })
    }
  }

  @Test func kernels() throws {
    for dtype in [DType.f16, .bf16] {
      for task in try tasks(dtype) + tasks(dtype, result: .f32) {
        for choice in task.choices(limits()) where choice.tile != nil {
          let tile = try #require(choice.tile),
            dispatch = try #require(try lower(task, choice, limits()).first)
          guard case .embedded(let name) = dispatch.kernel.code else {
            Issue.record("no compiled shader")
            continue
          }
          #expect(name.hasSuffix("_wide_\(dtype)") && EmbeddedShaders.byName[name] != nil)
          #expect(dispatch.kernel.constants.count == 5 && dispatch.kernel.subgroupSize == nil)
          let expected = [tile.invocations, tile.rows, tile.columns, tile.depth].map { UInt32($0) }
          #expect(Array(dispatch.kernel.constants.prefix(4)) == expected)
        }
      }
    }
    let product = Tiling.Product(m: 129, n: 256, isOdd: false, dtype: .f16, tile: WorkgroupTile.direct[0])
    let tiling = Tiling(product, limits())
    #expect(tiling.tilesM == 2 && tiling.tilesN == 1 && tiling.constants == [256, 128, 256, 64, 1])
  }

  /// Tensors that are loaded by slices begin at multiples of 16 bytes; what does not is computed in the usual way.
  @Test func unalignedOperands() throws {
    let choice = KernelChoice(tile: WorkgroupTile.direct[0])
    let operations = try tasks(.f16)
    for task in operations {
      let isProduct = if case .matmul = task.op { true } else { false }
      let name = try #require(try lower(task, choice, limits(), begin: 8).first).kernel.name
      #expect(name.contains(isProduct ? "_coop_f16" : "_wide_f16"), "\(name)")
    }
    // Items of 20 elements.
    let type = TensorType(.f16, [2, 4, 5])
    let odd = try #require(
      KernelTask(
        .matmul(transposeA: true, transposeB: false), [type, TensorType(.f16, [2, 4, 8])],
        TensorType(.f16, [2, 5, 8])))
    #expect(try lower(odd, choice, limits()).allSatisfy { !$0.kernel.name.contains("_wide") })
  }

  /// These kernels may store a result twice; what follows them stays apart.
  @Test func nothingIsLinkedIntoThem() throws {
    let type = TensorType(.f32, [128, 128])
    for (choice, isLinked) in [
      (KernelChoice(tile: WorkgroupTile.direct[0]), false), (KernelChoice(), true),
    ] {
      var lowering = Lowering(
        limits(), scratch: StepLayout.scratch, kept: StepLayout.kept,
        tables: TensorTables(in: StepLayout.constants, from: 0))
      lowering.choice = choice
      let target = Operand(
        range: ByteRange(buffer: StepLayout.arena, offset: 0, count: type.byteCount), type: type)
      lowering.epilogues[.followed] = Epilogue(
        body: Lowering.body(.unary(.tanh), [type], type), given: 0, operands: [nil, target])
      let operand = Operand(
        range: ByteRange(buffer: StepLayout.constants, offset: 0, count: 1 << 15),
        type: TensorType(.f16, [128, 128]))
      try lowering.matmul(operand, transposed: false, operand, transposed: false, Epilogue.result(type))
      let kernels = lowering.commands.compactMap {
        if case .dispatch(let dispatch) = $0 { dispatch.kernel } else { nil }
      }
      #expect(
        kernels.contains { $0.name.contains(isLinked ? "_coop_f16" : "_wide_f16") }, "\(kernels.map(\.name))")
      #expect(kernels.contains { if case .linked = $0.code { true } else { false } } == isLinked)
    }
  }
}
