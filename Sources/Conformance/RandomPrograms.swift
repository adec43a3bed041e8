import SfumatoAutodiff
import SfumatoGraph
import SfumatoRandom

/// Random programs full of what makes fusion and planning hard: diamonds, views, broadcasts, concatenations,
/// states updated in place or not, gradients.
public enum RandomPrograms {
  /// The program of this seed: inputs a and b, states s and t, several outputs.
  public static func make(seed: UInt64) throws -> Program {
    var draws = Draws(stream: RandomStream(seed: seed, purpose: .augmentation))
    let graph = GraphBuilder()
    let a = try graph.input("a", .f32, [4, 6]), b = try graph.input("b", .f32, [1, 6])
    let s = try graph.state("s", .f32, [4, 6]), t = try graph.state("t", .f32, [4, 6])
    var pool = [a, s, t, try b.broadcast([4, 6])]
    for _ in 0..<draws.next(6, 30) {
      pool.append(try step(&draws, pool, b))
    }
    let last = pool[pool.count - 1]
    let total = try (last * last).reduceSum()
    let grads = try gradients(of: total, wrt: [s, t, b])
    switch draws.next(0, 4) {
    case 0:
      try graph.update("s", to: s - grads[0] * 0.01)
      try graph.update("t", to: t - grads[1] * 0.01)
    case 1:
      try graph.update("s", to: t)
      try graph.update("t", to: grads[1])
    case 2:
      try graph.update("s", to: last)
      try graph.output("old", s)
    case 3:
      try graph.update(
        "t", to: Tensor.concat([grads[0].slice(axis: 0, 0..<1), last.slice(axis: 0, 1..<4)], axis: 0))
    default: break
    }
    try graph.output("total", total)
    try graph.output("grad", grads[2])
    try graph.output("some", pool[draws.next(0, pool.count - 1)])
    return try graph.finish()
  }

  fileprivate static func step(_ draws: inout Draws, _ pool: [Tensor], _ b: Tensor) throws -> Tensor {
    func pick() -> Tensor { pool[draws.next(0, pool.count - 1)] }
    let x = pick()
    switch draws.next(0, 12) {
    case 0: return try x + pick()
    case 1: return try x * pick() * 0.3
    case 2: return try x.tanh()
    case 3: return try x.sin() + b
    case 4: return try x.reshape([6, 4]).transpose([1, 0])
    case 5: return try x.reshape([2, 12]).reshape([4, 6]) * 0.7
    case 6: return try Tensor.concat([x.slice(axis: 0, 2..<4), pick().slice(axis: 0, 0..<2)], axis: 0)
    case 7: return try Tensor.concat([x.tanh().slice(axis: 1, 0..<3), pick().slice(axis: 1, 3..<6)], axis: 1)
    case 8: return try x - x.reduceMean([1])
    case 9: return try x.isLess(than: pick()).select(x, pick())
    case 10: return try x.matmul(pick(), transposeB: true).matmul(pick()) * 0.05
    case 11:
      return try Tensor.concat(
        [(x * 2).slice(axis: 0, 0..<4).reshape([24]), pick().cos().reshape([24])], axis: 0
      )
      .slice(axis: 0, 12..<36).reshape([4, 6])
    default: return try x.slice(axis: 0, 1..<2).broadcast([4, 6]) + x
    }
  }
}

/// Whole numbers drawn one after another.
private struct Draws {
  let stream: RandomStream
  private var count = 0
  init(stream: RandomStream) { self.stream = stream }

  /// A whole number from `low` to `high`, both included.
  mutating func next(_ low: Int, _ high: Int) -> Int {
    count += 1
    return low + Int(stream.word(count) % UInt32(high - low + 1))
  }
}
