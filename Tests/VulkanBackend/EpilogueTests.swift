import SfumatoAutodiff
import SfumatoBackend
import SfumatoCompiler
import SfumatoConformance
import SfumatoGraph
import SfumatoNN
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// What follows a kernel and runs in it gives the same bits as by itself.
@Suite(.serialized) struct EpilogueTests {
  /// How many kernels run what follows them, and the bytes of the outputs.
  private func run(_ program: Program, on device: VulkanDevice, joins: Bool) throws -> (
    linked: Int, copies: Int, outputs: [String: HostTensor]
  ) {
    let planned = try compile(
      program, takesEpilogue: { joins && device.takesEpilogue($0, $1) },
      takesPrologue: { joins && device.takesPrologue($0, $1) }, supports: device.supports)
    let step = try #require(
      try device.makeStep(planned, state: device.makeState(for: program)) as? VulkanStep)
    let commands = step.parts.flatMap(\.group.commands)
    let linked = commands.count { command in
      if case .dispatch(let dispatch) = command, case .linked = dispatch.kernel.code { true } else { false }
    }
    // Of one tensor in another type.
    let copies = commands.count { command in
      guard case .dispatch(let dispatch) = command, case .generated = dispatch.kernel.code else {
        return false
      }
      return dispatch.bindings.count == 2
        && dispatch.bindings[0].range.count != dispatch.bindings[1].range.count
    }
    var inputs: [String: HostTensor] = [:]
    for (number, port) in program.inputs.enumerated() {
      let type = program[port.value]
      let normals = RandomStream(seed: 5, step: UInt64(number), purpose: .noise).normals(type.count)
      inputs[port.name] = HostTensor(type, rounding: normals.map(Double.init))
    }
    try step.run(inputs)
    let outputs = try step.outputs()
    expectNoMessages(device)
    return (linked, copies, outputs)
  }

  /// - Parameter error: the largest, where compilers may round a sum in another manner when another follows it.
  private func expectSameBits(
    _ program: Program, on device: VulkanDevice, linked: Int? = nil, error: Double = 0
  ) throws {
    let apart = try run(program, on: device, joins: false), joined = try run(program, on: device, joins: true)
    // What is stored in 16 bits is linked in any case.
    if let linked { #expect(apart.linked == 0 && joined.linked == linked) }
    for (name, tensor) in apart.outputs {
      let found = try #require(joined.outputs[name])
      #expect(
        found == tensor || normalizedError(found.doubles, tensor.doubles) < error,
        "\(name): \(normalizedError(found.doubles, tensor.doubles))")
    }
  }

  /// A small residual block with everything that a U-Net has.
  private func block(_ dtype: DType, channels: Int) throws -> Program {
    let graph = GraphBuilder()
    let shape: Shape = [3, 8, 6, channels]
    let x = try graph.input("x", dtype, shape)
    let vector: Shape = [channels]
    let scale = try graph.input("scale", dtype, vector), shift = try graph.input("shift", dtype, vector)
    let w = try graph.input("w", dtype, [channels, 3, 3, channels])
    let bias = try graph.input("bias", dtype, [1, 1, 1, channels])
    let time = try graph.input("time", dtype, [3, 20]),
      project = try graph.input("project", dtype, [channels, 20])
    let embedding =
      try time.matmul(project, transposeB: true) + graph.input("projected", dtype, [1, channels])
    var h = try x.groupNorm(scale: scale, bias: shift, groups: 2, eps: 1e-3, activation: .silu)
    h = try h.conv(w, padding: (1, 1, 1, 1)) + bias + embedding.reshape([3, 1, 1, channels])
    h = try h.groupNorm(scale: scale, bias: shift, groups: 2, eps: 1e-3, activation: .none) * 0.5 + x
    h = try h.conv(w, padding: (1, 1, 1, 1)) + x
    try graph.output("h", h)
    try graph.output("halves", h * 0.5)
    try graph.output("sum", (h.reduceSum([1, 2]) * 0.25))
    return try graph.finish()
  }

  @Test(arguments: [(8, "cheapest"), (8, "winograd"), (8, "direct"), (6, "direct")], [DType.f32, .bf16])
  func aBlockGivesTheSameBits(_ way: (channels: Int, method: String), dtype: DType) throws {
    guard let device = try testDevice() else { return }
    device.tuner.method = try #require(VulkanBackend.ConvolutionMethod(rawValue: way.method))
    // A product, two convolutions and a norm; the sum is of one kernel more.
    try expectSameBits(
      block(dtype, channels: way.channels), on: device, linked: dtype == .f32 ? 5 : nil,
      error: way.method == "winograd" ? 1e-6 : 0)
  }

  /// Kernels that other devices run: tiles in shared memory, vectors of four.
  @Test(arguments: [8, 6]) func alsoWithTiles(channels: Int) throws {
    guard let device = try testDevice() else { return }
    device.limits.takeGPUKernels()
    try expectSameBits(block(.f32, channels: channels), on: device, linked: 5)
  }

  /// Images in several runs, and a depth that is shared out among workgroups.
  @Test func inParts() throws {
    guard let device = try testDevice() else { return }
    device.limits.maxRange = 40_000
    try expectSameBits(block(.f32, channels: 8), on: device)
    let graph = GraphBuilder()
    let a = try graph.input("a", .f32, [8, 4100]), b = try graph.input("b", .f32, [4100, 8])
    try graph.output("y", (a.matmul(b) + graph.input("bias", .f32, [1, 8])).tanh())
    let program = try graph.finish()
    let whole = try #require(try testDevice())
    try expectSameBits(program, on: whole, linked: 1)
  }

  /// Skip connections: channels are put beside others, and cut off, by the kernel that computes them.
  @Test(arguments: [(8, 8), (8, 6), (6, 16)], [DType.f32, .bf16])
  func channelsGoWhereTheyBelong(_ channels: (own: Int, other: Int), dtype: DType) throws {
    guard let device = try testDevice() else { return }
    let graph = GraphBuilder()
    let skip = try graph.input("skip", dtype, [2, 6, 4, channels.other])
    let x = try graph.input("x", dtype, [2, 6, 4, channels.own])
    let w = try graph.input("w", dtype, [channels.own, 3, 3, channels.own])
    let bias = try graph.input("bias", dtype, [1, 1, 1, channels.own])
    let y = try x.conv(w, padding: (1, 1, 1, 1)) + bias
    let joined = try Tensor.concat([y.reshape([2, 24, channels.own]).reshape(x.type.shape), skip], axis: 3)
    try graph.output("joined", joined)
    let narrow = try graph.input("narrow", dtype, [channels.own, 1, 1, channels.own])
    let z = try x.conv(narrow) * 2 + bias
    try graph.output("first", z.slice(axis: 3, 0..<3))
    try graph.output("rest", z.slice(axis: 3, 3..<channels.own))
    let program = try graph.finish()
    try expectSameBits(program, on: device, linked: dtype == .f32 ? 2 : nil)
    let names = try device.plan(program).program.nodes.map(\.op.name)
    #expect(!names.contains("slice") && !names.contains("concat"), "\(names)")
    // By copies where a kernel cannot bind so many tensors.
    device.limits.maxBindings = 3
    try expectSameBits(program, on: device)
    device.limits.maxBindings = 16
    device.limits.takeGPUKernels()
    try expectSameBits(program, on: device, linked: dtype == .f32 ? 2 : nil)
  }

  /// A kernel does not carry along more than a few elements for each of its own.
  @Test func crumbsStayByThemselves() throws {
    guard let device = try testDevice() else { return }
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [5, 3]), w = try graph.input("w", .f32, [3, 1])
    let y = try x.matmul(w) * 2
    try graph.output("joined", Tensor.concat([y, graph.input("wide", .f32, [5, 40])], axis: 1))
    let parts = try (x.matmul(graph.input("v", .f32, [3, 6])) * 3)
    for part in 0..<6 { try graph.output("\(part)", parts.slice(axis: 1, part..<part + 1)) }
    let program = try graph.finish()
    let names = try device.plan(program).program.nodes.map(\.op.name)
    #expect(names.count { $0 == "concat" } == 1 && names.count { $0 == "slice" } == 6, "\(names)")
    try expectSameBits(program, on: device, linked: 2)
  }

  /// What a kernel cannot take runs by itself: too many tensors, an operand that begins inside a binding.
  @Test func whatDoesNotFitRunsByItself() throws {
    guard let device = try testDevice() else { return }
    device.limits.maxBindings = 4
    try expectSameBits(block(.f32, channels: 8), on: device)
    let roomy = try #require(try testDevice())
    roomy.limits.offsetAlignment = 4096
    try expectSameBits(block(.f32, channels: 8), on: roomy)
  }

  /// Kernels for f32 read and write 16 bits themselves, with the bits that widened copies give.
  @Test(arguments: [DType.f16, .bf16]) func sixteenBitsNeedNoCopies(dtype: DType) throws {
    guard let device = try testDevice() else { return }
    device.limits.matrices = CooperativeMatrices()
    let program = try block(dtype, channels: 8)
    let direct = try run(program, on: device, joins: true)
    let narrow = try #require(try testDevice())
    narrow.limits.matrices = CooperativeMatrices()
    // Too few for a norm with its scale, bias and statistics, or for what follows a convolution.
    narrow.limits.maxBindings = 3
    let apart = try run(program, on: narrow, joins: false)
    #expect(direct.outputs == apart.outputs && direct.copies == 0 && apart.copies > 3)
  }

  /// Sums and maxima of what a cluster yields, which is computed where it is read; a cluster behind them, too.
  @Test(arguments: [DType.f32, .bf16]) func reductionsOfClusters(dtype: DType) throws {
    guard let device = try testDevice() else { return }
    let graph = GraphBuilder()
    let x = try graph.input("x", dtype, [3, 700, 5]), row = try graph.input("row", dtype, [1, 1, 5])
    let scale = try graph.input("scale", dtype, [])
    try graph.output("squares", (x - row).squared().reduceSum([1]))
    try graph.output("all", (x.tanh() * scale).reshape([10_500]).reduceSum().sqrt() * 2)
    try graph.output("most", (x * x * 0.5).reduceMax([0, 2]))
    // Of 16 bits in any case: read by one kernel more.
    try expectSameBits(graph.finish(), on: device, linked: dtype == .f32 ? 4 : nil)
    device.limits.maxBindings = 3
    try expectSameBits(graph.finish(), on: device)
  }

  /// The way back takes the statistics of the way forward.
  @Test func statisticsAreComputedOnce() throws {
    guard let device = try testDevice() else { return }
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 5, 7, 6]), scale = try graph.input("scale", .f32, [6])
    let bias = try graph.input("bias", .f32, [6]), dy = try graph.input("dy", .f32, [2, 5, 7, 6])
    let y = try x.groupNorm(scale: scale, bias: bias, groups: 3, eps: 1e-3, activation: .silu)
    try graph.output("y", y)
    for (name, gradient) in zip(
      ["dx", "dscale", "dbias"], try gradients(of: [y], wrt: [x, scale, bias], cotangents: [dy]))
    {
      try graph.output(name, gradient)
    }
    let program = try graph.finish()
    let step = try #require(
      try device.makeStep(program, state: device.makeState(for: program)) as? VulkanStep)
    let shaders = step.parts.flatMap(\.group.commands).compactMap { command -> String? in
      guard case .dispatch(let dispatch) = command, case .embedded(let name) = dispatch.kernel.code else {
        return nil
      }
      return name
    }
    #expect(shaders.count { $0 == "norm_stats" } == 1 && shaders.contains("norm_grad_input"))
  }
}
