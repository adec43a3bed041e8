import SfumatoBackend
import SfumatoConformance
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoNN
import Testing

/// Attention is a region of its own here, whose scores live only in a thread's scratch.
@Suite struct AttentionTests {
  /// (images, queries, keys, heads, features of a head)
  static let sizes = [
    (1, 1, 1, 1, 1), (2, 5, 7, 1, 3), (2, 33, 31, 2, 8), (1, 64, 64, 4, 8), (3, 100, 17, 1, 33),
    (1, 300, 65, 1, 40), (2, 31, 257, 3, 5), (0, 4, 4, 2, 2), (2, 0, 3, 2, 4), (2, 3, 0, 2, 4),
  ]

  static func test(_ n: Int, _ queries: Int, _ keys: Int, _ heads: Int, _ size: Int) -> ConformanceCase {
    let q = Shape([n, queries, heads * size]), k = Shape([n, keys, heads * size])
    return ConformanceCase(
      "attention", "heads \(heads)", inputs: [.init(.f32, q), .init(.f32, k), .init(.f32, k)]
    ) { [try $0[0].attention(keys: $0[1], values: $0[2], heads: heads)] }
  }

  @Test(arguments: sizes) func agreesWithItsBody(_ size: (Int, Int, Int, Int, Int)) throws {
    let test = Self.test(size.0, size.1, size.2, size.3, size.4)
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    for order in 0...2 {
      let result = try test.run(on: device, order: order)
      #expect(result.failure == nil, "\(result.name): \(result.failure ?? "")")
    }
  }

  /// The gradient of an attention needs no scores either.
  @Test func scoresTakeNoMemory() throws {
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    let test = Self.test(4, 256, 256, 4, 8)
    let planned = try device.plan(test.program(order: 1))
    let names = planned.program.nodes.map(\.op.name)
    #expect(names.contains("attentionGrad") && !names.contains("softmax"))
    let scores = 4 * 4 * 256 * 256 * 4
    #expect(planned.plan.arenaByteCount < scores / 4)
  }
}
