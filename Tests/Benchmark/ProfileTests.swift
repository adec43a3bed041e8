import SfumatoBackend
import SfumatoBenchmark
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoOracle
import Testing

/// Where the time of a step goes.
@Suite struct ProfileTests {
  /// A convolution of 2 images, a matrix product of what it yields, and a sum.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 8, 8, 16]), w = try graph.input("w", .f32, [16, 3, 3, 16])
    let m = try graph.input("m", .f32, [16, 4])
    let y = try graph.within("layer") { try x.conv(w, padding: (1, 1, 1, 1)) }
    try graph.output("z", y.reshape([128, 16]).matmul(m).reduceSum([0]))
    return try graph.finish()
  }

  private func step(_ backend: any Backend) throws -> (step: any Step, inputs: [String: HostTensor]) {
    let device = try backend.open(0), program = try program()
    let inputs = Dictionary(
      uniqueKeysWithValues: program.inputs.map { port in
        let type = program[port.value]
        return (port.name, HostTensor(type, rounding: (0..<type.count).map { Double($0 % 7) - 3 }))
      })
    return (try device.makeStep(program, state: device.makeState(for: program)), inputs)
  }

  @Test(arguments: [1, 3]) func everyKernelIsTimed(threads: Int) throws {
    let (step, inputs) = try step(FFTWBackend(options: .init(threads: threads, convolution: .winograd)))
    try step.run(inputs)
    let expected = try step.outputs()
    let profile = try #require(try step.profile(inputs))
    // It is a run like any other.
    #expect(try step.outputs() == expected)
    #expect(profile.kernels.map(\.operation) == ["conv", "matmul", "reduceSum"])
    #expect(profile.kernels.map(\.multiplyAdds) == [2 * 64 * 9 * 16 * 16, 128 * 16 * 4, 0])
    #expect(profile.kernels[0].method == "winograd" && profile.kernels[0].node == "layer")
    var end = 0.0
    for kernel in profile.kernels {
      #expect(kernel.begin >= end && kernel.wall > 0 && (kernel.processor ?? -1) >= 0)
      end = kernel.begin + kernel.wall
      #expect(!kernel.spans.isEmpty && kernel.spans.allSatisfy { (0..<threads).contains($0.worker) })
      for span in kernel.spans {
        #expect(span.begin >= kernel.begin && span.seconds >= 0 && span.begin + span.seconds <= end)
      }
    }
    #expect(profile.wall >= end)
  }

  @Test func aBackendWithoutTimesSaysSo() throws {
    let (step, inputs) = try step(OracleBackend())
    #expect(try step.profile(inputs) == nil)
  }

  @Test func kernelsAreAddedUp() throws {
    func kernel(_ operation: String, _ method: String, _ node: String, _ wall: Double) -> StepProfile.Kernel {
      StepProfile.Kernel(
        operation: operation, method: method, node: node, multiplyAdds: operation == "conv" ? 1_000_000 : 0,
        traffic: operation == "conv" ? MemoryTraffic(read: 3, written: 1) : nil, begin: 0, wall: wall,
        processor: 2 * wall, spans: [])
    }
    let runs = [1.0, 3.0].map { factor in
      StepProfile(
        kernels: [
          kernel("conv", "tiles", "a", factor), kernel("conv", "winograd", "b", 2 * factor),
          kernel("add", "", "c", factor),
        ], wall: 5 * factor)
    }
    let summary = ProfileSummary(runs)
    #expect(summary.operations.map(\.operation) == ["conv", "add"])
    #expect(summary.operations.map(\.wall) == [6, 2] && summary.operations.map(\.processor) == [12, 4])
    #expect(summary.operations.map(\.share) == [0.75, 0.25] && summary.operations.map(\.count) == [2, 1])
    #expect(summary.operations[0].gigaflops == 4e6 / 6 / 1e9 && summary.operations[1].gigaflops == nil)
    #expect(summary.operations.map(\.traffic) == [MemoryTraffic(read: 6, written: 2), nil])
    #expect(summary.methods.map { $0.operation + $0.method } == ["convwinograd", "convtiles", "add"])
    #expect(summary.kernels.map(\.node) == ["b", "a", "c"])
  }

  @Test func theTraceIsWellFormed() throws {
    let (step, inputs) = try step(FFTWBackend(options: .init(threads: 2)))
    var profile = try #require(try step.profile(inputs))
    let once = profile.kernels.count
    profile.append(try #require(try step.profile(inputs)))
    let trace = try JSONValue(parsing: profile.trace(title: "a \"test\"").line)
    let events = try #require(trace["traceEvents"]?.array)
    let complete = events.filter { $0["ph"] == "X" }
    for event in complete {
      #expect(event["name"]?.string?.isEmpty == false && event["cat"]?.string != nil)
      #expect((event["ts"]?.number ?? -1) >= 0 && (event["dur"]?.number ?? -1) >= 0)
      #expect(event["pid"] == 0 && event["tid"]?.integer != nil && event["args"]?["node"]?.string != nil)
    }
    // A kernel after the other, each with a worker's share or more.
    let kernels = complete.filter { $0["tid"] == 0 }
    #expect(kernels.count == 2 * once && complete.count >= 2 * kernels.count)
    let begins = kernels.compactMap { $0["ts"]?.number }
    #expect(begins == begins.sorted())
    let names = events.filter { $0["ph"] == "M" }.compactMap { $0["args"]?["name"]?.string }
    #expect(names.contains("a \"test\"") && names.contains("kernels") && names.contains("worker 0"))
  }
}
