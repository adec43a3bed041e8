import SfumatoBackend
import SfumatoGraph
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// Pointwise regions that do the same to different tensors are one kernel, and give the same bits as one by one.
@Suite(.serialized) struct SiblingTests {
  private static let shapes: [Shape] = [
    [3], [65], [4, 5], [1025], [7, 1], [2, 3, 3, 2], [256], [257], [64, 3],
  ]

  /// An update like an optimizer's: two states a tensor and a rate for all; one tensor is updated twice.
  private func program(_ dtype: DType) throws -> Program {
    let graph = GraphBuilder()
    let rate = try graph.input("rate", .f32, [])
    for (index, shape) in Self.shapes.enumerated() {
      let value = try graph.state("value \(index)", .f32, shape)
      let moment = try graph.state("moment \(index)", dtype, shape)
      let gradient = try graph.input("gradient \(index)", dtype, shape)
      let new = try moment * 0.9 + gradient * 0.1
      var updated = try value - rate * new.cast(.f32)
      // Read in another shape, so that it is a region of its own that has to wait.
      if index == 2 { updated = try updated.reshape([20]).tanh().reshape(shape) }
      try graph.update("moment \(index)", to: new)
      try graph.update("value \(index)", to: updated)
    }
    return try graph.finish()
  }

  private func run(_ program: Program, on device: VulkanDevice) throws -> (
    dispatches: Int, states: [HostTensor]
  ) {
    let state = try device.makeState(for: program)
    func draw(_ type: TensorType, _ seed: Int) -> HostTensor {
      let normals = RandomStream(seed: UInt64(seed), purpose: .noise).normals(type.count)
      return HostTensor(type, rounding: normals.map(Double.init))
    }
    for (index, port) in program.states.enumerated() {
      try state.write(port.name, draw(program[port.input], index))
    }
    let step = try device.makeStep(program, state: state)
    for round in 0..<3 {
      var inputs: [String: HostTensor] = [:]
      for (index, port) in program.inputs.enumerated() {
        inputs[port.name] = draw(program[port.value], 100 * round + index)
      }
      try step.run(inputs)
    }
    let states = try program.states.map { try state.read($0.name) }
    expectNoMessages(device)
    return (step.statistics?.dispatches ?? 0, states)
  }

  @Test(arguments: [DType.f32, .bf16]) func oneKernelGivesTheSameBits(dtype: DType) throws {
    guard let device = try testDevice() else { return }
    let program = try program(dtype)
    let together = try run(program, on: device)
    let alone = try #require(try testDevice())
    // Each tensor fits a binding, all of them do not.
    alone.limits.maxRange = 4500
    let apart = try run(program, on: alone)
    #expect(together.states == apart.states)
    // The tensor that is updated twice writes elsewhere first.
    #expect(together.dispatches == 3 && apart.dispatches > 5)
  }

  @Test func whatReadsRowsStaysByItself() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [4, 6]), row = try graph.input("row", .f32, [1, 6])
    try graph.output("y", x + row)
    let planned =
      try VulkanBackend().devices().isEmpty ? nil : VulkanBackend().openVulkan(0).plan(graph.finish())
    guard let planned else { return print("skipped: no Vulkan device") }
    let regions = planned.program.nodes.compactMap { node in
      if case .region(let region) = node.op { region } else { nil }
    }
    #expect(regions.count == 1 && PointwiseRun.flat(regions[0].body) == nil)
  }
}
