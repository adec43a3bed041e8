import SfumatoAutodiff
import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoNN
import SfumatoOracle
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// Whole training steps of a small network: convolutions, normalisation, attention-like products, an update with
/// momentum, and noise drawn on the device.
@Suite(.serialized) struct StepTests {
  /// Inputs key and x; states w1, w2, scale, bias, m1; outputs loss.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [3, 8, 8, 4])
    let key = try graph.input("key", .u32, [5])
    let w1 = try graph.state("w1", .f32, [8, 3, 3, 4])
    let w2 = try graph.state("w2", .f32, [4, 3, 3, 8])
    let scale = try graph.state("scale", .f32, [8])
    let bias = try graph.state("bias", .f32, [8])
    let m1 = try graph.state("m1", .f32, [8, 3, 3, 4])
    let bits = try key.randomBits(purpose: 1, bits: 24, [3, 8, 8, 4])
    let noise = try bits.cast(.f32) * 0x1p-24 - 0.5
    let hidden = try (x + noise).conv(w1, stride: 2, padding: (1, 1, 1, 1))
      .groupNorm(scale: scale, bias: bias, groups: 2, eps: 1e-5, activation: .silu)
    let flat = try hidden.reshape([3, 16, 8])
    let mixed = try flat.matmul(flat, transposeB: true).softmax().matmul(flat).reshape([3, 4, 4, 8])
    let y = try (hidden + mixed).pad(low: [0, 1, 1, 0], high: [0, 1, 1, 0]).conv(w2, padding: (0, 0, 0, 0))
    let target = try x.slice(starts: [0, 0, 0, 0], limits: [3, 8, 8, 4], strides: [1, 2, 2, 1])
    let loss = try (y - target).squared().reduceMean().reshape([])
    let gradients = try gradients(of: loss, wrt: [w1, w2, scale, bias])
    let momentum = try m1 * 0.9 + gradients[0]
    try graph.update("m1", to: momentum)
    try graph.update("w1", to: w1 - momentum * 0.05)
    try graph.update("w2", to: w2 - gradients[1] * 0.05)
    try graph.update("scale", to: scale - gradients[2] * 0.05)
    try graph.update("bias", to: bias - gradients[3] * 0.05)
    try graph.output("loss", loss)
    return try graph.finish()
  }

  private func initial(_ program: Program) -> [String: [Double]] {
    Dictionary(
      uniqueKeysWithValues: program.states.enumerated().map { index, port in
        let stream = RandomStream(seed: 5, step: UInt64(index), purpose: .noise)
        return (port.name, (0..<program[port.input].count).map { Double(Float(stream.normal($0) * 0.3)) })
      })
  }

  private func inputs(_ program: Program, _ number: Int) -> [String: HostTensor] {
    let stream = RandomStream(seed: 6, step: UInt64(number), purpose: .noise)
    let shape = program[program.inputs[0].value].shape
    return [
      "x": HostTensor(stream.normals(shape.count), shape),
      "key": HostTensor([7, 0, UInt32(number), 0, 3] as [UInt32], [5]),
    ]
  }

  private func start(_ device: VulkanDevice, _ program: Program) throws -> (VulkanStep, any StateStore) {
    let state = try device.makeState(for: program)
    for port in program.states {
      try state.write(
        port.name, HostTensor(program[port.input], rounding: initial(program)[port.name] ?? []))
    }
    let step = try #require(try device.makeStep(program, state: state) as? VulkanStep)
    return (step, state)
  }

  @Test func tenStepsFollowTheOracle() throws {
    guard let device = try testDevice() else { return }
    let program = try program()
    let (step, state) = try start(device, program)
    var expected = initial(program)
    for number in 1...10 {
      let given = inputs(program, number)
      let outputs: [String: [Double]]
      (outputs, expected) = try evaluate(program, inputs: given.mapValues(\.doubles), states: expected)
      try step.run(given)
      let loss = try step.outputs()["loss"]?.doubles ?? []
      #expect(normalizedError(loss, outputs["loss"] ?? []) < 1e-10, "step \(number)")
    }
    for port in program.states {
      let error = normalizedError(try state.read(port.name).doubles, expected[port.name] ?? [])
      #expect(error < 1e-9, "\(port.name): \(error)")
    }
    expectNoMessages(device)
  }

  @Test func tenReplaysGiveTheSameBits() throws {
    guard let device = try testDevice() else { return }
    let program = try program()
    var first: [[UInt8]]?
    for _ in 0..<10 {
      let (step, state) = try start(device, program)
      // Nobody looks at anything in between: both slots are in flight.
      for number in 1...5 { try step.run(inputs(program, number)) }
      let bytes =
        try [step.outputs()["loss"]?.bytes ?? []] + program.states.map { try state.read($0.name).bytes }
      #expect(first == nil || first == bytes)
      first = first ?? bytes
    }
    expectNoMessages(device)
  }

  @Test func aRunIsOneSubmission() throws {
    guard let device = try testDevice() else { return }
    let program = try program()
    let (step, _) = try start(device, program)
    for number in 1...7 { try step.run(inputs(program, number)) }
    let submissions = step.slots.map { $0.recording.submissions }
    #expect(submissions == [4, 3])
    let statistics = try #require(step.statistics)
    #expect(statistics.submissions == 1)
    #expect(statistics.dispatches > 20 && statistics.barriers < statistics.dispatches)
  }

  @Test func twoStepsShareAState() throws {
    guard let device = try testDevice() else { return }
    let program = try program()
    let (step, state) = try start(device, program)
    let builder = GraphBuilder()
    let w1 = try builder.state("w1", .f32, [8, 3, 3, 4])
    try builder.output("sum", w1.reduceSum().reshape([]))
    let reader = try device.makeStep(try builder.finish(), state: state)
    try step.run(inputs(program, 1))
    try reader.run([:])
    let sum = try reader.outputs()["sum"]?.doubles[0] ?? .nan
    #expect(abs(sum - (try state.read("w1").doubles.reduce(0, +))) < 1e-4)
    expectNoMessages(device)
  }
}
