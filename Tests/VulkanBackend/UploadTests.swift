import CVulkan
import SfumatoBackend
import SfumatoGraph
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// The ways of inputs to the device.
@Suite(.serialized) struct UploadTests {
  /// What submissions waited for and signalled, in order. Functions in C carry no context, so this is global; the suite runs one
  /// test at a time.
  private enum Seen {
    nonisolated(unsafe) static var submit: PFN_vkQueueSubmit?
    nonisolated(unsafe) static var submissions: [(waits: [UInt64], signals: [UInt64])] = []

    static func note(_ info: VkSubmitInfo) {
      let values = info.pNext.map { $0.load(as: VkTimelineSemaphoreSubmitInfo.self) }
      func list(_ count: UInt32?, _ values: UnsafePointer<UInt64>?) -> [UInt64] {
        Array(UnsafeBufferPointer(start: values, count: Int(count ?? 0)))
      }
      submissions.append(
        (
          list(values?.waitSemaphoreValueCount, values?.pWaitSemaphoreValues),
          list(values?.signalSemaphoreValueCount, values?.pSignalSemaphoreValues)
        ))
    }
  }

  /// A state that sums up what comes in, weighed.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [40, 70]), k = try graph.input("k", .f32, [])
    let sum = try graph.state("sum", .f32, [40, 70])
    let new = try sum * 0.5 + x * k
    try graph.update("sum", to: new)
    try graph.output("y", new.matmul(new, transposeB: true).reduceSum([0]))
    return try graph.finish()
  }

  private func inputs(_ number: Int) -> [String: HostTensor] {
    let normals = RandomStream(seed: 4, step: UInt64(number), purpose: .noise).normals(40 * 70)
    return ["x": HostTensor(normals, [40, 70]), "k": HostTensor([Float(number)], [])]
  }

  private func device(_ path: UploadPath) throws -> VulkanDevice? {
    guard try testDevice() != nil else { return nil }
    let device = try VulkanBackend(validation: true).open(
      0, transfer: path == .transferred ? .compute : .dedicated)
    device.upload = path
    return device
  }

  /// Nobody looks at anything between the runs, so that both slots are in flight.
  private func bytes(_ device: VulkanDevice, runs: Int = 7) throws -> [[UInt8]] {
    let program = try program()
    let state = try device.makeState(for: program)
    let step = try device.makeStep(program, state: state)
    for number in 0..<runs { try step.run(inputs(number)) }
    let result = [try step.outputs()["y"]?.bytes ?? [], try state.read("sum").bytes]
    // A profile is a run, too.
    _ = try step.profile(inputs(runs))
    return result + [try step.outputs()["y"]?.bytes ?? [], try state.read("sum").bytes]
  }

  @Test func everyWayGivesTheSameBits() throws {
    guard let direct = try device(.direct) else { return }
    let expected = try bytes(direct)
    #expect(Set(expected).count == 4)
    expectNoMessages(direct)
    for path in [UploadPath.copied, .transferred] {
      let device = try #require(try device(path))
      #expect(try bytes(device) == expected, "\(path)")
      // Cut in pieces, of which the first waits; and timed on the host.
      device.longestSubmission = 1e-9
      #expect(try bytes(device) == expected, "\(path), cut")
      device.logical.queue.timestampBits = 0
      let program = try program()
      let step = try device.makeStep(program, state: device.makeState(for: program))
      for number in 0..<7 { try step.run(inputs(number)) }
      #expect(try step.outputs()["y"]?.bytes == expected[0], "\(path), on the host's clock")
      expectNoMessages(device)
    }
  }

  @Test func aRunWaitsForItsOwnInputs() throws {
    guard let device = try device(.transferred) else { return }
    let program = try program()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    let real = device.logical.functions.queueSubmit
    Seen.submit = real
    device.logical.functions.queueSubmit = { queue, count, infos, fence in
      if let info = infos?.pointee { Seen.note(info) }
      return Seen.submit?(queue, count, infos, fence) ?? VK_ERROR_UNKNOWN
    }
    Seen.submissions = []
    for number in 0..<4 { try step.run(inputs(number)) }
    _ = try step.outputs()
    device.logical.functions.queueSubmit = real
    // A copy and a run of the first slot, of the second one, and both again.
    #expect(Seen.submissions.map(\.signals) == [[1], [], [1], [], [2], [], [2], []])
    #expect(Seen.submissions.map(\.waits) == [[], [1], [], [1], [], [2], [], [2]])
    #expect(step.statistics?.submissions == 2)
    expectNoMessages(device)
  }

  /// A step without inputs has nothing to copy.
  @Test(arguments: [UploadPath.direct, .copied, .transferred]) func noInputs(path: UploadPath) throws {
    guard let device = try device(path) else { return }
    let graph = GraphBuilder()
    let n = try graph.state("n", .f32, [])
    try graph.update("n", to: n + 1)
    try graph.output("n", n)
    let program = try graph.finish()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    for _ in 0..<3 { try step.run([:]) }
    #expect(try step.outputs()["n"]?.floats == [2])
    #expect(step.statistics?.submissions == 1)
    expectNoMessages(device)
  }

  @Test func theWayFollowsFromTheDevice() throws {
    guard let device = try testDevice() else { return }
    // All memory of a software device is the host's.
    if device.info.kind == .software { #expect(device.upload == .direct) }
    #expect(
      device.upload == .direct || (device.logical.transferQueue != nil) == (device.upload == .transferred))
  }
}
