import SfumatoAutodiff
import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoNN
import Testing

@Suite struct AttentionTests {
  /// Neither attention nor its gradient keeps scores.
  @Test func scoresTakeNoMemory() throws {
    let builder = GraphBuilder()
    let x = try builder.input("x", .f32, [4, 256, 32])
    let y = try x.attention(keys: x, values: x, heads: 4)
    try builder.output("dx", gradients(of: [y], wrt: [x], cotangents: [y])[0])
    let device = try FFTWBackend(options: .init(threads: 2)).open(0)
    let planned = try device.plan(builder.finish())
    let names = planned.program.nodes.map(\.op.name)
    #expect(names.contains("attentionGrad") && !names.contains("softmax"))
    let scores = 4 * 4 * 256 * 256 * 4
    #expect(planned.plan.arenaByteCount < scores / 4)
  }
}
