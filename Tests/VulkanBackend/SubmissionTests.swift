import SfumatoBackend
import SfumatoGraph
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// Long work in several submissions.
@Suite(.serialized) struct SubmissionTests {
  @Test func partsAreTogetherAsLongAsTheyFit() {
    func ranges(_ seconds: [Double], _ limit: Double?) -> [Range<Int>] {
      SubmissionPlan(seconds, limit: limit).ranges
    }
    #expect(ranges([1, 2, 3, 4], nil) == [0..<4])
    #expect(ranges([1, 2, 3, 4], 10) == [0..<4])
    #expect(ranges([1, 2, 3, 4], 6) == [0..<3, 3..<4])
    #expect(ranges([1, 2, 3, 4], 3) == [0..<2, 2..<3, 3..<4])
    // What is too long by itself stands alone.
    #expect(ranges([1, 9, 1, 1], 3) == [0..<1, 1..<2, 2..<4])
    #expect(ranges([9, 9], 3) == [0..<1, 1..<2])
    #expect(ranges([1], 0) == [0..<1] && ranges([], 1) == [0..<0])
  }

  /// A chain of products over a state that every run changes.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    var x = try graph.input("x", .f32, [48, 48])
    for layer in 0..<5 {
      let w = try graph.state("w\(layer)", .f32, [48, 48])
      x = try graph.within("layer \(layer)") { try (x.matmul(w) * 0.1).tanh() }
      try graph.update("w\(layer)", to: w + x * 0.01)
    }
    try graph.output("y", x.reduceSum([0]))
    return try graph.finish()
  }

  private struct Result: Equatable {
    var bytes: [[UInt8]]
    var submissions: [Int]
    var notes: [String]
  }

  private func run(limit: Double?, timestamps: Bool = true, runs: Int = 6) throws -> Result? {
    guard let device = try testDevice() else { return nil }
    device.longestSubmission = limit
    if !timestamps { device.logical.queue.timestampBits = 0 }
    let program = try program()
    let state = try device.makeState(for: program)
    for port in program.states {
      let normals = RandomStream(seed: 3, step: 0, purpose: .noise).normals(48 * 48)
      try state.write(port.name, HostTensor(normals, [48, 48]))
    }
    let step = try device.makeStep(program, state: state)
    var result = Result(bytes: [], submissions: [], notes: [])
    for number in 0..<runs {
      let normals = RandomStream(seed: 4, step: UInt64(number), purpose: .noise).normals(48 * 48)
      try step.run(["x": HostTensor(normals, [48, 48])])
      if number % 2 == 0 { result.bytes.append(try step.outputs()["y"]?.bytes ?? []) }
      result.submissions.append(step.statistics?.submissions ?? 0)
    }
    for port in program.states { result.bytes.append(try state.read(port.name).bytes) }
    result.notes = step.notes
    expectNoMessages(device)
    return result
  }

  /// A limit that every part exceeds, on either clock: each is a submission, and nothing else changes.
  @Test(arguments: [true, false]) func whatIsTooLongIsCut(timestamps: Bool) throws {
    guard let whole = try run(limit: nil) else { return }
    #expect(whole.submissions == [1, 1, 1, 1, 1, 1] && whole.notes.isEmpty)
    let cut = try #require(try run(limit: 1e-9, timestamps: timestamps))
    #expect(cut.bytes == whole.bytes)
    let parts = try #require(cut.submissions.last)
    #expect(parts > 6, "\(cut.submissions)")
    #expect(cut.notes.count > 6)
    #expect(
      cut.notes.contains { $0.hasPrefix("matmul layer 2 takes ") && $0.contains("cannot be cut") },
      "\(cut.notes)")
  }

  /// What a submission really takes decides, not the estimate, which takes a software device for a slow GPU.
  @Test func whatIsFoundToBeLongIsCut() throws {
    guard let device = try testDevice(), device.info.kind == .software else { return }
    let program = try program()
    let made = try device.makeStep(program, state: device.makeState(for: program))
    let step = try #require(made as? VulkanStep)
    // About 50 microseconds, in which a software device begins a kernel or two.
    let estimate = step.parts.reduce(0) { $0 + $1.estimatedSeconds(in: step.planned.program) }
    let whole = try #require(try run(limit: nil)), cut = try #require(try run(limit: estimate * 1.01))
    #expect(cut.bytes == whole.bytes)
    #expect(cut.submissions[0] == 1, "\(cut.submissions)")
    #expect((2...step.parts.count).contains(cut.submissions.last ?? 0), "\(cut.submissions)")
  }

  @Test func whatIsShortIsOneSubmission() throws {
    guard let result = try run(limit: 100) else { return }
    #expect(result.submissions == [1, 1, 1, 1, 1, 1] && result.notes.isEmpty)
  }

  /// An estimate that was too careful is given up when the first run is over.
  @Test func anEstimateIsCorrected() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [8, 8])
    try graph.output("y", x.matmul(x).matmul(x))
    let program = try graph.finish()
    let parts = (0..<2).map { StepPart(.node($0), in: program, []) }
    var cutter = SubmissionCutter(parts, in: program, limit: 6e-9, hasTimestamps: true)
    #expect(cutter.plan.ranges == [0..<1, 1..<2] && cutter.needsMeasurement)
    cutter.cut([1e-9, 1e-9], runs: 0)
    #expect(cutter.plan.ranges == [0..<2] && !cutter.needsMeasurement)
    // A slow run is measured again, but not at once.
    cutter.note([1e-8], runs: 1)
    #expect(!cutter.needsMeasurement)
    cutter.note([5e-9], runs: 20)
    #expect(!cutter.needsMeasurement)
    cutter.note([1e-8], runs: 20)
    #expect(cutter.needsMeasurement)
    cutter.cut([4e-9, 7e-9], runs: 20)
    #expect(cutter.plan.ranges == [0..<1, 1..<2] && cutter.notes.count == 1)
    // One part alone is measured no more.
    cutter.note([1, 1], runs: 1000)
    #expect(!cutter.needsMeasurement)
  }
}
