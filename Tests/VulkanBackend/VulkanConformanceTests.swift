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

  /// The tiles that share memory, which a software device does not choose by itself.
  @Test func productsInSharedTiles() throws {
    guard let device = try testDevice() else { return }
    device.limits.isSoftware = false
    for test in ConformanceCase.products where test.dtype == .f32 {
      let result = try test.run(on: device, order: 0)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
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
