import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Tensors larger than one binding may be.
@Suite(.serialized) struct SmallBindingTests {
  /// As if bindings were limited to so few bytes that most cases have to be cut in parts. What cannot be cut is
  /// refused, never computed wrongly.
  @Test(arguments: [2048, 20_000]) func casesInParts(maxRange: Int) throws {
    guard let device = try testDevice() else { return }
    device.limits.maxRange = maxRange
    var refused: Set<String> = []
    var passed = 0
    let cases = ConformanceCase.primitives + RegionTests.cases
    for test in cases
    where test.dtype == .f32 && test.inputs.contains(where: { $0.type.byteCount > maxRange }) {
      for order in 0...min(1, test.maxOrder) {
        do {
          let result = try test.run(on: device, order: order, layouts: [.plain])
          #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
          passed += 1
        } catch VulkanError.unsupported {
          refused.insert(test.operation)
        }
      }
    }
    print("bindings of \(maxRange) bytes: \(passed) cases in parts; refused: \(refused.sorted())")
    #expect(passed > 30)
    expectNoMessages(device)
  }

  /// A single image whose rows do not fit a binding together, in all three convolutions of each other's gradients.
  @Test(arguments: [(3, 1, 1), (3, 2, 1), (5, 2, 2), (1, 1, 0), (3, 3, 0)])
  func oneImageByRows(kernel: Int, stride: Int, padding: Int) throws {
    guard let device = try testDevice() else { return }
    device.limits.maxRange = 2048
    for groups in [1, 2] {
      let test = ConformanceCase(
        "conv", "kernel \(kernel) stride \(stride) groups \(groups)",
        inputs: [.init(.f32, [1, 41, 9, 4]), .init(.f32, [4, kernel, kernel, 4 / groups])], maxOrder: 2
      ) {
        [
          try $0[0].conv(
            $0[1], stride: stride, padding: (padding, padding, padding, padding), groups: groups)
        ]
      }
      for order in 0...2 {
        let result = try test.run(on: device, order: order)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  /// More elements than lavapipe's maxStorageBufferRange of 128 MiB holds, and more than 65,535 workgroups.
  @Test func beyondTheRealLimit() throws {
    guard let device = try testDevice() else { return }
    let count = 34_000_000
    let builder = GraphBuilder()
    let remainder = try builder.iota(axis: 1, [count / 1000, 1000]).cast(.f32)
    let values = try (remainder * 0.5 + 1).reshape([count])
    try builder.output("sum", values.reduceSum().reshape([]))
    try builder.output("largest", values.reduceMax().reshape([]))
    try builder.output("end", values.slice(axis: 0, count - 2..<count))
    let program = try builder.finish()
    let step = try device.makeStep(
      device.plan(program, optimize: false), state: device.makeState(for: program))
    try step.run([:])
    let outputs = try step.outputs()
    #expect(abs((outputs["sum"]?.doubles[0] ?? 0) / (Double(count) * 250.75) - 1) < 1e-6)
    #expect(outputs["largest"]?.floats == [500.5])
    #expect(outputs["end"]?.floats == [500, 500.5])
    expectNoMessages(device)
  }
}
