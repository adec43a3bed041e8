import Foundation
import SfumatoBackend
import SfumatoConformance
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoOracle
import Testing

@testable import SfumatoPlugin

/// The sample backend in C, through its shared library: alone where it knows every operation, else beside the CPU backend,
/// in one memory or with copies.
@Suite(.enabled(if: Compiler.isThere, Comment(rawValue: Compiler.missing)))
struct ToyBackendTests {
  static let variants: [[String]] = [[], ["-DTOY_NO_IMPORT"]]

  private func openToy(_ folder: PluginFolder, _ flags: [String] = [], isStrict: Bool = false) throws
    -> any Device
  {
    let sources = PluginFolder.repository + "/Samples/plugins/toy-c"
    let files = try FileManager.default.contentsOfDirectory(atPath: sources).filter { $0.hasSuffix(".c") }
    let library = try PluginLibrary(
      path: folder.compile(files.sorted().map { sources + "/" + $0 }, as: "libtoy.so", flags: flags))
    let options = PluginBackend.Options(
      isStrict: isStrict, fallback: { try FFTWBackend(options: .init(threads: 1)).openCPU() })
    return try PluginBackend(library, options: options).open(0)
  }

  @Test(arguments: ToyBackendTests.variants) func conformance(flags: [String]) throws {
    let folder = try PluginFolder()
    let device = try openToy(folder, flags)
    for test in ConformanceCase.primitives {
      for order in 0...test.maxOrder {
        let result = try test.run(on: device, order: order)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
  }

  @Test(arguments: ToyBackendTests.variants) func programsWithState(flags: [String]) throws {
    let folder = try PluginFolder()
    let device = try openToy(folder, flags)
    for seed in 1...40 {
      do {
        let problem = try RandomPrograms.check(seed: UInt64(seed), on: device)
        #expect(problem == nil, "seed \(seed): \(problem ?? "")")
      } catch let error as GraphError where error.operation == "plan" {
        // States that take each other's old values in a circle are refused.
      }
    }
  }

  /// What version 1.1 brought is not asked of a backend of 1.0, alone or in a cluster, though this one would know it.
  @Test(arguments: [nil, 0]) func olderBackendsDoNotSeeNewerOperations(minor: Int?) throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [3])
    try graph.output("alone", x.erf())
    try graph.output("cluster", (x.erf() * 2 + 1).exp())
    let program = try graph.finish()
    let folder = try PluginFolder()
    let flags = minor.map { ["-DTOY_MINOR=\($0)"] } ?? []
    let strict = try openToy(folder, flags, isStrict: true)
    let store = try strict.makeState([])
    if minor == nil {
      _ = try strict.makeStep(strict.plan(program), state: store)
      return
    }
    let error = #expect(throws: BackendError.self) {
      try strict.makeStep(strict.plan(program), state: store)
    }
    #expect(error?.description.contains("are unknown to it") == true)
    let device = try openToy(folder, flags)
    let step = try device.makeStep(device.plan(program), state: device.makeState([]))
    let values = [-0.5, 0, 2.5]
    try step.run(["x": HostTensor(TensorType(.f32, [3]), rounding: values)])
    let outputs = try step.outputs()
    for (index, x) in values.enumerated() {
      #expect(abs((outputs["alone"]?.doubles[index] ?? 9) - erf(x)) < 1e-6)
      #expect(abs((outputs["cluster"]?.doubles[index] ?? 99) - exp(erf(x) * 2 + 1)) < 1e-5)
    }
  }

  /// Every operation is the toy's: outputs that hold old states, a state that takes another's old value, a constant.
  @Test func wholeProgram() throws {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [3, 2])
    let s = try graph.state("s", .f32, [3, 2]), t = try graph.state("t", .f32, [3, 2])
    let kept = try graph.state("kept", .f32, [2])
    let weights = try graph.constant([1, -2, 0.5, 3], .f32, [2, 2])
    try graph.output("old", s)
    try graph.output("again", s)
    try graph.output("input", x)
    try graph.output("norms", (x.matmul(weights) * s).reduceSum([0]).reshape([2]) + kept)
    try graph.update("s", to: t)
    try graph.update("t", to: (x.isLess(than: s).select(x, t) + 1).transpose([1, 0]).reshape([3, 2]))
    let program = try graph.finish()

    let folder = try PluginFolder()
    let device = try openToy(folder, isStrict: true)
    let state = try device.makeState(for: program)
    var expected = ["s": [1.0, 2, 3, 4, 5, 6], "t": [-1, 0, 1, 0, -1, 0], "kept": [10, 20]]
    for port in program.states {
      try state.write(port.name, HostTensor(program[port.input], rounding: expected[port.name] ?? []))
    }
    let step = try device.makeStep(device.plan(program), state: state)
    #expect(step is PluginStep)
    for number in 1...4 {
      let elements = (0..<6).map { Double($0 * number % 7) }
      let outputs: [String: [Double]]
      (outputs, expected) = try evaluate(program, inputs: ["x": elements], states: expected)
      try step.run(["x": HostTensor(program[program.inputs[0].value], rounding: elements)])
      #expect(try step.outputs().mapValues(\.doubles) == outputs)
      for port in program.states { #expect(try state.read(port.name).doubles == expected[port.name]) }
    }
  }

  @Test func strictRefusesWhatItDoesNotKnow() throws {
    let graph = GraphBuilder()
    try graph.output("index", graph.iota(axis: 0, [4]))
    let program = try graph.finish()
    let folder = try PluginFolder()
    let device = try openToy(folder, isStrict: true)
    let error = #expect(throws: BackendError.self) {
      try device.makeStep(device.plan(program), state: device.makeState(for: program))
    }
    #expect(
      error.map { "\($0)" }
        == "backend toy: iota: 1 of 1 operations are unknown to it; leave out --strict and the CPU runs them")
  }
}
