import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// The conformance library, one device for all, without a message of the validation layer.
@Suite(.serialized) struct VulkanConformanceTests {
  /// An eighth of the suite; `sfumato conformance --backend vulkan` runs all of it.
  @Test func part() throws {
    guard let device = try testDevice() else { return }
    try ConformanceSuite.everything().part(3, of: 8).run(on: device, replays: 2) {
      #expect($0.status == .passed, "\($0.result.name): \($0.result.failure ?? "")")
      return true
    }
    expectNoMessages(device)
  }

  /// Lanes of narrower subgroups than this device has.
  @Test func productsInFourLanes() throws {
    guard let device = try testDevice(), device.limits.lanes != nil else { return }
    device.limits.lanes = 4
    for test in ConformanceCase.products where test.dtype == .f32 {
      let result = try test.run(on: device, order: 0)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
    expectNoMessages(device)
  }

  /// Large enough for several workgroups and runs of the depth, with rests in every direction.
  @Test(arguments: [RegisterBudget.usual, .small, nil]) func longProducts(_ registers: RegisterBudget?) throws
  {
    guard let device = try testDevice() else { return }
    // Without a budget, in lanes.
    if let registers { device.limits.takeTiles(registers) }
    for (transposeA, transposeB) in [(false, false), (true, false), (false, true), (true, true)] {
      for (m, n, k) in [(132, 68, 1156), (131, 67, 1155)] {
        let test = ConformanceCase(
          "matmul", "\(m)×\(k)×\(n) \(transposeA) \(transposeB)",
          inputs: [
            .init(.f32, transposeA ? [k, m] : [m, k], .uniform(-1, 1)),
            .init(.f32, transposeB ? [n, k] : [k, n], .uniform(-1, 1)),
          ]
        ) { [try $0[0].matmul($0[1], transposeA: transposeA, transposeB: transposeB)] }
        let result = try test.run(on: device, order: 0)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  /// So many channels and so few pixels that the elements of the kernel are shared out.
  @Test func deepConvolutions() throws {
    guard let device = try testDevice() else { return }
    let layers =
      [(256, 1), (512, 2), (258, 1)].map { ($0.0, $0.1, RegisterBudget.usual) } + [(258, 1, .small)]
    for (channels, groups, registers) in layers {
      device.limits.takeTiles(registers)
      let g = ConvGeometry(
        inputHeight: 5, inputWidth: 4, inChannels: channels, outChannels: channels, kernelHeight: 3,
        kernelWidth: 3, padTop: 1, padLeft: 1, padBottom: 1, padRight: 1, groups: groups)
      let x = g.inputShape(batch: 2)
      for (op, operands) in [(Op.conv(g), [x, g.weightShape]), (.convGradInput(g), [x, g.weightShape])] {
        let test = ConformanceCase(
          op.name, "\(g)", inputs: operands.map { .init(.f32, $0, .uniform(-1, 1)) }
        ) { try $0[0].graph.applyAll(op, $0) }
        let result = try test.run(on: device, order: 0)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  /// The tiles that share memory, which a software device does not choose by itself: large ones, and some in small ones, too.
  @Test func productsInSharedTiles() throws {
    guard let device = try testDevice() else { return }
    for (place, test) in ConformanceCase.products.filter({ $0.dtype == .f32 }).enumerated() {
      for registers in place % 4 == 0 ? [RegisterBudget.usual, .small] : [.usual] {
        device.limits.takeTiles(registers)
        let result = try test.run(on: device, order: 0)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  @Test func programsWithState() throws {
    guard let device = try testDevice() else { return }
    for seed in 1...40 {
      do {
        let problem = try RandomPrograms.check(seed: UInt64(seed), on: device)
        #expect(problem == nil, "seed \(seed): \(problem ?? "")")
      } catch let error as GraphError where error.operation == "plan" {
        // States that take each other's old values in a circle are refused.
      }
    }
    expectNoMessages(device)
  }
}

extension KernelLimits {
  /// Has products computed in the largest tiles that the registers allow, however few these are.
  fileprivate mutating func takeTiles(_ registers: RegisterBudget) {
    takeGPUKernels(registers)
    fullWorkgroups = 0
  }
}
