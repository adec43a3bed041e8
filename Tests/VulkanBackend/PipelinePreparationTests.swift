import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Pipelines that several threads compile.
@Suite(.serialized) struct PipelinePreparationTests {
  /// Clusters of different lengths, a kernel each, and a norm.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    var value = try graph.input("x", .f32, [4, 8, 8, 16])
    let scale = try graph.input("scale", .f32, [16])
    for length in 1...6 {
      for _ in 0..<length { value = try value * 0.5 + 1 }
      value = try value.groupNorm(scale: scale, bias: scale, groups: 2, eps: 1e-5)
    }
    try graph.output("y", value)
    return try graph.finish()
  }

  @Test func threadsCompileWhatOneDoes() throws {
    var results: [[String: HostTensor]] = []
    var counts: [Int?] = []
    for threads in [1, 4] {
      guard let device = try testDevice() else { return }
      device.logical.compilers = threads
      let program = try program()
      let step = try device.makeStep(program, state: device.makeState(for: program))
      try step.run(program.syntheticInputs)
      results.append(try step.outputs())
      counts.append(device.logical.pipelines?.count)
      expectNoMessages(device)
    }
    #expect(results[0] == results[1] && counts[0] == counts[1] && (counts[0] ?? 0) > 3)
  }

  /// What another thread compiled beside the one that failed is there, and given back with the device.
  @Test func anErrorIsThatOfTheFirstKernel() throws {
    guard let device = try testDevice() else { return }
    let bad = (0..<3).map { Kernel(code: .embedded("no such shader \($0)"), bindings: 1) }
    // Not a variable: pipelines must not outlive their device.
    var store: PipelineStore? { device.logical.pipelines }
    let name = try #require(EmbeddedShaders.byName.keys.sorted().first { $0.hasPrefix("iota") })
    let known = Kernel(code: .embedded(name), bindings: 1)
    #expect(throws: VulkanError.unsupported("the shader variant no such shader 0")) {
      try store?.prepare([known] + bad, threads: 1)
    }
    #expect(store?.has(known) == true && store?.has(bad[0]) == false)
    expectNoMessages(device)
  }
}
