import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Where the time of a step goes on the device.
@Suite(.serialized) struct ProfileTests {
  /// A convolution, a matrix product of what it yields, and a sum; a state that the step counts up.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 8, 8, 16]), w = try graph.input("w", .f32, [16, 3, 3, 16])
    let m = try graph.input("m", .f32, [16, 4])
    let runs = try graph.state("runs", .f32, [])
    let y = try graph.within("layer") { try x.conv(w, padding: (1, 1, 1, 1)) }
    try graph.output("z", y.reshape([128, 16]).matmul(m).reduceSum([0]))
    try graph.update("runs", to: runs + 1)
    return try graph.finish()
  }

  @Test func everyNodeIsTimed() throws {
    guard let device = try testDevice() else { return }
    device.upload = .copied
    let program = try program(), inputs = program.syntheticInputs
    let state = try device.makeState(for: program)
    let step = try device.makeStep(program, state: state)
    try step.run(inputs)
    let expected = try step.outputs()
    for _ in 0..<2 {
      let profile = try #require(try step.profile(inputs))
      // It is a run like any other.
      #expect(try step.outputs() == expected)
      let nodes = profile.kernels.filter { $0.operation != "copy" }
      #expect(nodes.map(\.operation).sorted() == ["conv", "matmul", "pointwise", "reduceSum"])
      let conv = try #require(nodes.first { $0.operation == "conv" })
      #expect(conv.node == "layer" && conv.multiplyAdds == 2 * 64 * 9 * 16 * 16)
      #expect(conv.method.contains("conv_forward"), "\(conv.method)")
      var end = 0.0
      for kernel in profile.kernels {
        #expect(kernel.begin >= end && kernel.wall > 0 && kernel.processor == nil && kernel.spans.isEmpty)
        // Rounding aside, a part begins where the one before ends.
        end = (kernel.begin + kernel.wall) * (1 - 1e-12)
      }
      #expect(profile.wall >= end)
    }
    try step.run(inputs)
    #expect(try step.outputs() == expected)
    #expect(try state.read("runs").floats == [4])
    expectNoMessages(device)
  }

  /// A node of several launches is one kernel of the profile.
  @Test func theLaunchesOfANodeAreOneKernel() throws {
    guard let device = try testDevice() else { return }
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 4, 4, 8]), scale = try graph.input("scale", .f32, [8])
    try graph.output("y", x.groupNorm(scale: scale, bias: scale, groups: 2, eps: 1e-5))
    let program = try graph.finish()
    let made = try device.makeStep(program, state: device.makeState(for: program))
    let step = try #require(made as? VulkanStep)
    let launches = step.statistics?.dispatches ?? 0
    #expect(launches > 1)
    let profile = try #require(try step.profile(program.syntheticInputs))
    #expect(profile.kernels.count { $0.operation == "groupNorm" } == 1)
    #expect(profile.kernels.count < launches + 3)
    expectNoMessages(device)
  }

  /// What can make a queue's times useless.
  enum Clock: CaseIterable { case none, neverReady, impossible }

  @Test(arguments: Clock.allCases) func aProfileWithoutTimesTellsWhatRan(clock: Clock) throws {
    guard let device = try testDevice() else { return }
    switch clock {
    case .none: device.logical.queue.timestampBits = 0
    case .neverReady:
      device.logical.functions.getQueryPoolResults = { _, _, _, _, _, _, _, _ in VK_NOT_READY }
    case .impossible:
      device.logical.functions.getQueryPoolResults = { _, _, _, count, _, data, _, _ in
        for place in 0..<Int(count) {
          data?.storeBytes(of: UInt64(place) << 33, toByteOffset: 8 * place, as: UInt64.self)
        }
        return VK_SUCCESS
      }
    }
    let program = try program(), inputs = program.syntheticInputs
    let state = try device.makeState(for: program)
    let step = try device.makeStep(program, state: state)
    for run in 1...2 {
      let profile = try #require(try step.profile(inputs))
      #expect(!profile.isTimed && profile.kernels.allSatisfy { $0.wall == 0 && $0.begin == 0 })
      #expect(profile.kernels.contains { $0.operation == "conv" && $0.multiplyAdds > 0 })
      // It is one run, and the step goes on as before.
      #expect(try state.read("runs").floats == [Float(run)])
    }
    try step.run(inputs)
    #expect(try state.read("runs").floats == [3])
    expectNoMessages(device)
  }

  /// Steps are cut by the host's clock then.
  @Test func aStepWhoseTimesAreUselessIsMeasuredOnTheHost() throws {
    guard let device = try testDevice() else { return }
    device.longestSubmission = 1e-9
    device.logical.functions.getQueryPoolResults = { _, _, _, _, _, _, _, _ in VK_NOT_READY }
    let program = try program(), inputs = program.syntheticInputs
    let state = try device.makeState(for: program)
    let step = try device.makeStep(program, state: state)
    for _ in 0..<4 { try step.run(inputs) }
    #expect(try state.read("runs").floats == [4])
    #expect(step.notes.contains { $0.contains("cannot be cut") })
    expectNoMessages(device)
  }

  @Test func timesThatCannotHavePassedAreNone() {
    #expect(TimestampClock.isPlausible([0, 0.5, 0.5, 1], within: 1))
    #expect(!TimestampClock.isPlausible([0, 0.5, 1.2], within: 1))
    #expect(!TimestampClock.isPlausible([0, 0.5, 0.4], within: 1))
    #expect(TimestampClock.isPlausible([], within: 0) && TimestampClock.isPlausible([0, 0], within: 1))
    #expect(!TimestampClock.isPlausible([0, 0, 0], within: 1))
  }

  @Test func ticksThatBeginAnewAreInOrder() {
    let clock = TimestampClock(bits: 36, period: 0.5)
    #expect(clock.seconds([(1 << 36) - 2, (1 << 36) - 1, 0, 6]) == [0, 0.5, 1, 4])
    // Bits above those that count say nothing.
    #expect(clock.seconds([3 | 1 << 40, 5]) == [0, 1])
    #expect(TimestampClock(bits: 64, period: 1).seconds([.max, 1]) == [0, 2])
    #expect(clock.seconds([]).isEmpty)
  }
}
