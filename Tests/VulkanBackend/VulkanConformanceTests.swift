import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Every case of the conformance library, one device for all, without a message of the validation layer.
@Suite(.serialized) struct VulkanConformanceTests {
  @Test(arguments: ["pointwise", "movement", "products"]) func primitives(family: String) throws {
    guard let device = try testDevice() else { return }
    let cases =
      switch family {
      case "pointwise": ConformanceCase.pointwise
      case "movement": ConformanceCase.movement
      default: ConformanceCase.products
      }
    for test in cases {
      for order in 0...test.maxOrder {
        let result = try test.run(on: device, order: order)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  /// The tiles that share memory, which a software device does not choose by itself.
  @Test func productsInSharedTiles() throws {
    guard let device = try testDevice() else { return }
    device.limits.isSoftware = false
    for test in ConformanceCase.products {
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
