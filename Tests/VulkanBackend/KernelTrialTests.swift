import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Ways are taken only where they compute what the usual way does.
@Suite(.serialized) struct KernelTrialTests {
  private static let geometry = ConvGeometry(
    inputHeight: 12, inputWidth: 12, inChannels: 32, outChannels: 32, kernelHeight: 3, kernelWidth: 3,
    padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
  private static let winograd = KernelChoice(method: .winograd)

  private func tasks(_ dtype: DType) throws -> [KernelTask] {
    let g = Self.geometry
    let (x, y) = (g.inputShape(batch: 2), g.outputShape(batch: 2))
    let operations: [(Op, [Shape], Shape)] = [
      (.conv(g), [x, g.weightShape], y), (.convGradInput(g), [y, g.weightShape], x),
      (.convGradWeight(g), [x, y], g.weightShape),
      (.matmul(transposeA: false, transposeB: true), [[300, 77], [50, 77]], [300, 50]),
      (.matmul(transposeA: true, transposeB: false), [[3, 5000, 12], [3, 5000, 8]], [3, 12, 8]),
    ]
    return try operations.map { op, inputs, output in
      try #require(KernelTask(op, inputs.map { TensorType(dtype, $0) }, TensorType(dtype, output)))
    }
  }

  /// What comes out when these ways of a task are tried; all that there are when nil.
  private func outcome(
    _ device: VulkanDevice, _ task: KernelTask, _ choices: [KernelChoice]? = nil
  ) throws -> KernelTrial.Outcome {
    var trial = try KernelTrial(
      task, choices ?? task.choices(device.limits), device.logical, device.limits)
    try trial.check()
    try trial.time()
    return trial.outcome
  }

  /// All ways that there are agree on a device that computes rightly.
  @Test(arguments: [DType.f32, .f16, .bf16]) func rightWaysAreAccepted(dtype: DType) throws {
    guard let device = try testDevice() else { return }
    for task in try tasks(dtype) {
      let outcome = try outcome(device, task)
      #expect(outcome.refused.isEmpty && outcome.problem == nil, "\(task.key): \(outcome.refused)")
      #expect(outcome.fastest != nil)
    }
    expectNoMessages(device)
  }

  /// The device as it is; functions in C carry no context.
  nonisolated(unsafe) private static var healthy: DeviceFunctions?

  /// Has the kernel that takes weights to Winograd's points, alone with 16 bytes of push constants, read from one element further on.
  private func breakWinograd(_ device: VulkanDevice) {
    Self.healthy = device.logical.functions
    device.logical.functions.cmdPushConstants = { commands, layout, stages, offset, size, values in
      guard size == 16, let values else {
        KernelTrialTests.healthy?.cmdPushConstants(commands, layout, stages, offset, size, values)
        return
      }
      var words = Array(UnsafeBufferPointer(start: values.assumingMemoryBound(to: UInt32.self), count: 4))
      words[0] += 1
      KernelTrialTests.healthy?.cmdPushConstants(commands, layout, stages, offset, size, words)
    }
  }

  @Test func aWrongWayIsRefused() throws {
    guard let device = try testDevice() else { return }
    breakWinograd(device)
    let task = try #require(try tasks(.f32).first)
    let outcome = try outcome(device, task, [Self.winograd, KernelChoice()])
    #expect(outcome.fastest?.choice == KernelChoice() && outcome.refused.map(\.choice) == [Self.winograd])
    let reason = try #require(outcome.refused.first?.reason)
    #expect(reason.hasPrefix("computes \(task.key) wrongly on this device (off by "), "\(reason)")
  }

  /// One line says so, and the step is right.
  @Test func usersAreTold() throws {
    guard let opened = try testDevice() else { return }
    let device = VulkanDevice(opened.logical, index: 0, KernelTuner(.measured, cache: nil))
    breakWinograd(device)
    let task = try #require(try tasks(.f32).first)
    device.tuner.prepare(for: [task], on: device)
    let choice = device.tuner.choice(for: task, on: device)
    #expect(choice.method == .direct && device.tuner.taken["kernels"][task.key] == choice.name)
    let notes = device.tuner.finish().filter { $0.contains("wrongly") }
    #expect(
      notes.contains { $0.hasPrefix("winograd computes conv 12×12×32→32") && $0.hasSuffix("; not used") })
    #expect(device.tuner.finish().isEmpty)
  }

  /// A driver that does not take a kernel is no reason to try no other.
  @Test func aWayThatFailsIsRefused() throws {
    guard let device = try testDevice() else { return }
    Self.healthy = device.logical.functions
    device.logical.functions.createShaderModule = { device, info, allocator, module in
      let words = EmbeddedShaders.byName["winograd_output"],
        lanes = EmbeddedShaders.byName["winograd_output_fours"]
      if let info, [words, lanes].contains(where: { $0.map { $0.count * 4 } == info.pointee.codeSize }) {
        return VK_ERROR_UNKNOWN
      }
      return KernelTrialTests.healthy?.createShaderModule(device, info, allocator, module) ?? VK_ERROR_UNKNOWN
    }
    let task = try #require(try tasks(.f32).first)
    let outcome = try outcome(device, task, [Self.winograd, KernelChoice()])
    #expect(outcome.fastest?.choice == KernelChoice() && outcome.refused.map(\.choice) == [Self.winograd])
    #expect(outcome.refused.first?.reason.contains("vkCreateShaderModule") == true)
  }

  /// Where the usual way fails there is nothing to hold others against.
  @Test func nothingIsMeasuredWithoutTheUsualWay() throws {
    guard let device = try testDevice() else { return }
    device.logical.functions.cmdDispatch = { _, _, _, _ in }
    let task = try #require(try tasks(.f32).first)
    let outcome = try outcome(device, task)
    #expect(outcome.fastest == nil && outcome.problem?.contains("not finite") == true)
  }

  @Test func whatCountsAsWrong() throws {
    let task = try #require(try tasks(.f32).first)
    let check = try #require(ResultCheck(task, reference: [1, -4, 0]))
    #expect(check.fault(in: [1, -4, 0]) == nil && check.fault(in: [1.0001, -4.0001, 0.0001]) == nil)
    #expect(check.fault(in: [1, -4, 0.01]) != nil && check.fault(in: [1, -4]) != nil)
    #expect(check.fault(in: [1, .nan, 0]) != nil && check.fault(in: [.infinity, -4, 0]) != nil)
    #expect(ResultCheck(task, reference: [.nan]) == nil)
    let zeros = try #require(ResultCheck(task, reference: [0, 0]))
    #expect(zeros.fault(in: [0, 0]) == nil && zeros.fault(in: [0, 1e-6]) != nil)
    // A step of bf16 at the largest result, and far less than an element of a short sum.
    #expect(
      ResultCheck.tolerance(.bf16, depth: 512) < 0.01 && ResultCheck.tolerance(.f16, depth: 512) < 0.002)
    #expect(ResultCheck.tolerance(.f32, depth: 4096) < 2e-4)
  }

  @Test func depths() throws {
    #expect(try tasks(.f32).map(\.depth) == [288, 288, 288, 77, 5000])
  }
}
