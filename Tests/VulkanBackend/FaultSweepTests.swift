import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Every call in the life of a step fails once, in two ways.
@Suite(.serialized) struct FaultSweepTests {
  /// A program of products, convolutions, reductions and elementwise clusters over several states.
  private func program() throws -> Program {
    let builder = GraphBuilder()
    var x = try builder.input("x", .f32, [1, 6, 6, 4])
    let g = ConvGeometry(
      inputHeight: 6, inputWidth: 6, inChannels: 4, outChannels: 4, kernelHeight: 3, kernelWidth: 3,
      padTop: 1,
      padLeft: 1, padBottom: 1, padRight: 1)
    for layer in 0..<6 {
      let w = try builder.state("w\(layer)", .f32, g.weightShape)
      x = try builder.apply(.conv(g), x, w).tanh() + x
      try builder.update("w\(layer)", to: w * 0.5)
    }
    try builder.output("y", x.reshape([36, 4]).matmul(x.reshape([36, 4]), transposeA: true).reduceSum([0]))
    return try builder.finish()
  }

  private func life(_ device: VulkanDevice, _ program: Program) throws -> [Float] {
    let state = try device.makeState(for: program)
    for slot in 0..<6 {
      try state.write("w\(slot)", HostTensor([Float](repeating: 0.01, count: 144), [4, 3, 3, 4]))
    }
    let step = try device.makeStep(program, state: state)
    let inputs = ["x": HostTensor([Float](repeating: 1, count: 144), [1, 6, 6, 4])]
    for _ in 0..<3 {
      try step.run(inputs)
      _ = try step.outputs()
    }
    _ = try step.profile(inputs)
    return try state.read("w3").floats + (step.outputs()["y"]?.floats ?? [])
  }

  @Test(arguments: [VK_ERROR_OUT_OF_DEVICE_MEMORY.rawValue, VK_ERROR_DEVICE_LOST.rawValue])
  func everyCallMayFail(result: VkResult.RawValue) throws {
    guard try testDevice() != nil else { return }
    let program = try program()
    let expected = try life(VulkanBackend(validation: false).openVulkan(0), program)
    Failing.result = VkResult(result)
    var names: Set<String> = []
    var call = 0
    repeat {
      call += 1
      // A fresh one, so that pipelines are made anew; the validation layer, which takes its time, watches some.
      let device = try VulkanBackend(validation: call % 16 == 0).open(0, transfer: .compute)
      // The way with the most calls.
      device.upload = .transferred
      let healthy = device.logical.functions
      device.logical.functions = Failing.wrap(healthy)
      defer { device.logical.functions = healthy }
      (Failing.calls, Failing.failingCall) = (0, call)
      do {
        #expect(try life(device, program) == expected)
        #expect(Failing.calls < call, "call \(call), \(Failing.name), failed, and nobody said so")
      } catch let error as VulkanError {
        names.insert(Failing.name)
        switch error {
        case .outOfDeviceMemory, .outOfHostMemory, .deviceLost: break
        default: Issue.record("call \(call), \(Failing.name): \(error)")
        }
        device.logical.functions = healthy
        // The same device does the whole again.
        #expect(try life(device, program) == expected, "after call \(call), \(Failing.name)")
        #expect(device.validationMessages?.isEmpty != false, "call \(call), \(Failing.name)")
      }
    } while Failing.calls >= call
    print("\(call - 1) calls that can fail, each once with result \(result)")
    #expect(call > 150, "\(call) calls")
    #expect(names.count > 12, "\(names.sorted())")
  }
}
