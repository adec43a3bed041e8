import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoNN
import Testing

@testable import SfumatoVulkanBackend

/// The regions that have kernels of their own, against their bodies in the oracle: values, gradients, replays.
@Suite(.serialized) struct RegionTests {
  static let shapes: [(shape: Shape, groups: Int)] = [
    ([1, 1, 1, 1], 1), ([2, 3, 5, 6], 3), ([3, 8, 8, 32], 8), ([1, 17, 13, 30], 5), ([2, 16, 16, 12], 1),
    ([5, 2, 2, 64], 64), ([0, 4, 4, 8], 2), ([3, 40], 4), ([2, 9, 8], 2), ([1, 64, 64, 4], 2),
    // A workgroup of 1024; one of 512 with idle invocations; a group too large for one; one wider than a workgroup is at first.
    ([2, 32, 32, 32], 2), ([1, 20, 20, 40], 2), ([1, 40, 40, 64], 1), ([2, 3, 3, 200], 1),
  ]

  static let cases: [ConformanceCase] =
    shapes.flatMap { shape, groups in
      [false, true].map { activates in
        ConformanceCase(
          "groupNorm", activates ? "silu \(groups)" : "\(groups)",
          inputs: [
            .init(.f32, shape), .init(.f32, [shape.dimensions[shape.rank - 1]]),
            .init(.f32, [shape.dimensions[shape.rank - 1]]),
          ],
          maxOrder: shape.count > 1000 ? 1 : 2
        ) {
          let y = try $0[0].groupNorm(
            scale: $0[1], bias: $0[2], groups: groups, eps: 1e-5, activation: activates ? .silu : .none)
          return [y]
        }
      }
    }
    + ([[1, 1], [3, 7], [2, 5, 31], [4, 129], [2, 3, 33, 65], [70, 64], [0, 4], [2, 1500]] as [Shape]).map {
      ConformanceCase("softmax", inputs: [.init(.f32, $0)]) { [try $0[0].softmax()] }
    }

  /// By the kernels for software devices and by those for GPUs.
  @Test(arguments: [true, false]) func agreeWithTheirBodies(isSoftware: Bool) throws {
    guard let device = try testDevice() else { return }
    device.limits.isSoftware = isSoftware
    for test in RegionTests.cases {
      for order in 0...test.maxOrder {
        let result = try test.run(on: device, order: order, replays: 3)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
      }
    }
    expectNoMessages(device)
  }

  /// Attention by the lanes of wide and narrow subgroups and in shared memory, of images together and one by one.
  @Test(arguments: [8, 4, nil], [1 << 27, 5000]) func attention(lanes: Int?, maxRange: Int) throws {
    guard let device = try testDevice() else { return }
    // Lanes beyond those of a subgroup would not hand each other anything.
    guard (lanes ?? 0) <= device.limits.lanes ?? 0 else { return print("skipped: no \(lanes ?? 0) lanes") }
    device.limits.lanes = lanes
    device.limits.maxRange = maxRange
    for (images, queries, keys, heads, size) in [(2, 9, 9, 2, 8), (3, 17, 5, 1, 12), (1, 3, 40, 2, 4)] {
      let q: Shape = [images, queries, heads * size], k: Shape = [images, keys, heads * size]
      let test = ConformanceCase(
        "attention", "\(heads) heads", inputs: [q, k, k].map { .init(.f32, $0) }, maxOrder: 1
      ) { [try $0[0].attention(keys: $0[1], values: $0[2], heads: heads)] }
      for order in 0...1 {
        let result = try test.run(on: device, order: order, replays: 2)
        #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
        let names = try device.plan(test.program(order: order)).program.nodes.map(\.op.name)
        #expect(names.contains(order == 0 ? "attention" : "attentionGrad"), "\(names)")
      }
    }
    expectNoMessages(device)
  }

  @Test func areNotInlined() throws {
    guard let device = try testDevice() else { return }
    for test in RegionTests.cases.prefix(4) + RegionTests.cases.suffix(1) {
      for (order, name) in [test.operation, test.operation + "Grad"].enumerated() {
        let planned = try device.plan(test.program(order: order))
        let names = planned.program.nodes.map(\.op.name)
        #expect(names.contains(name), "\(names)")
      }
    }
  }

  /// A mean that is large against the deviation costs no accuracy: the statistics are taken around a shift.
  @Test func largeMean() throws {
    guard let device = try testDevice() else { return }
    let shape: Shape = [1, 32, 32, 8]
    let test = ConformanceCase(
      "groupNorm", "large mean", inputs: [.init(.f32, shape, .uniform(1000, 1001))], tolerance: 1e-7
    ) {
      let graph = $0[0].graph
      return [
        try $0[0].groupNorm(
          scale: graph.constant(1, .f32, [8]), bias: graph.constant(0, .f32, [8]), groups: 2, eps: 1e-5)
      ]
    }
    let result = try test.run(on: device, order: 0)
    #expect(result.failure == nil, "\(result.failure ?? "")")
  }
}
