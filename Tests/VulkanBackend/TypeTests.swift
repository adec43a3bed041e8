import Foundation
import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// The 16-bit float types, and numbers at the edges of f32.
@Suite(.serialized) struct TypeTests {
  /// 2^-11 and 2^-8 are half an ulp of a number at 1.
  @Test(arguments: [(DType.f16, 1e-6), (.bf16, 5e-5)]) func halfTypes(dtype: DType, tolerance: Double) throws
  {
    guard let device = try testDevice() else { return }
    guard device.limits.has16BitStorage else { return print("skipped: the device has no 16-bit storage") }
    let tolerance = Tolerance(value: tolerance, gradient: tolerance)
    let cases = [
      ConformanceCase("cast", "there and back", inputs: [.init(.f32, [1003])], tolerance: tolerance) {
        [try $0[0].cast(dtype).cast(.f32)]
      },
      ConformanceCase(
        "pointwise", inputs: [.init(dtype, [5, 33]), .init(dtype, [33])], tolerance: tolerance
      ) {
        [try ($0[0] * $0[1]).tanh() + $0[0]]
      },
      ConformanceCase("moves", inputs: [.init(dtype, [3, 5, 7])], tolerance: tolerance) {
        let x = $0[0]
        return [
          try x.transpose([2, 0, 1]), try x.pad(low: [1, 0, 2], high: [0, 1, 0]),
          try Tensor.concat([x, x], axis: 1), try x.slice(axis: 2, 1..<6),
        ]
      },
      ConformanceCase("reduceSum", inputs: [.init(dtype, [17, 65])], tolerance: tolerance) {
        [try $0[0].reduceSum([1]), try $0[0].reduceMax([0])]
      },
      ConformanceCase(
        "matmul", inputs: [.init(dtype, [2, 17, 33]), .init(dtype, [2, 33, 9])], tolerance: tolerance
      ) { [try $0[0].matmul($0[1])] },
      ConformanceCase(
        "conv", inputs: [.init(dtype, [2, 6, 7, 3]), .init(dtype, [5, 3, 3, 3])], tolerance: tolerance
      ) { [try $0[0].conv($0[1], padding: (1, 1, 1, 1))] },
    ]
    for test in cases {
      let result = try test.run(on: device, order: 0)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
    expectNoMessages(device)
  }

  /// exp, log, tanh, pow and the circular functions within 3 ulp of their values over their whole ranges.
  @Test func elementaryFunctions() throws {
    guard let device = try testDevice() else { return }
    let builder = GraphBuilder()
    let count = 4096
    let x = try builder.input("x", .f32, [count]), y = try builder.input("y", .f32, [count])
    for (name, tensor) in [
      ("exp", try x.exp()), ("log", try y.log()), ("sin", try x.sin()), ("cos", try x.cos()),
      ("tanh", try (x * 0.05).tanh()), ("pow", try y.pow(x * 0.1)),
    ] {
      try builder.output(name, tensor)
    }
    let program = try builder.finish()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    let xs = (0..<count).map { Float(($0 - count / 2)) * 0.0427 }
    let ys = (0..<count).map { Float(exp2(Double($0 - count / 2) * 0.06)) }
    try step.run(["x": HostTensor(xs, [count]), "y": HostTensor(ys, [count])])
    let outputs = try step.outputs()
    let expected: [String: (Int) -> Double] = [
      "exp": { exp(Double(xs[$0])) }, "log": { log(Double(ys[$0])) },
      "sin": { sin(Double(xs[$0])) }, "cos": { cos(Double(xs[$0])) },
      "tanh": { tanh(Double(xs[$0] * 0.05)) },
      "pow": { pow(Double(ys[$0]), Double(xs[$0] * 0.1)) },
    ]
    for (name, reference) in expected {
      let found = outputs[name]?.floats ?? []
      for index in found.indices {
        let value = reference(index)
        let rounded = Float(value)
        // Where f32 holds the value with all its digits.
        guard rounded.isFinite, abs(rounded) > 1e-30 else { continue }
        let absolute = name == "sin" || name == "cos" ? 1e-7 : 0
        let error = abs(Double(found[index]) - value)
        #expect(error <= 3 * Double(rounded.ulp) + absolute, "\(name)(\(xs[index]), \(ys[index]))")
      }
    }
    expectNoMessages(device)
  }
}
