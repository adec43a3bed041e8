import CVectorKernels
import SfumatoGraph

/// Attention whose scores never reach memory: a unit is a head of an image, or as many as share the cache's lines, which two
/// processors would else take from each other all the time.
extension Lowering {
  func attention(_ node: Node, _ heads: Int, _ inputs: [FloatSource], _ outputs: [FloatSource]) -> [Phase] {
    let layout = AttentionLayout(program[node.inputs[0]].shape, program[node.inputs[1]].shape, heads)
    let table = table, workspace = workspace, task = layout.task
    workspace.needScratch(withUnsafePointer(to: task) { Int(table.attentionScratch($0)) })
    // Where there are few images and heads, the queries are shared out too; the keys are then packed once a piece.
    let rows = Pieces(layout.queries, grain: 64, limit: max(1, 64 / max(1, layout.units)))
    return [
      Phase(units: layout.units * rows.units) { unit, worker in
        let range = rows[unit % rows.units]
        layout.forEachHead(unit / rows.units) { q, k in
          withUnsafePointer(to: task) {
            table.attention(
              $0, inputs[0].pointer + q, inputs[1].pointer + k, inputs[2].pointer + k, outputs[0].pointer + q,
              Int64(range.lowerBound), Int64(range.upperBound), workspace.scratch(worker))
          }
        }
      }
    ]
  }

  func attentionGrad(_ node: Node, _ heads: Int, _ inputs: [FloatSource], _ outputs: [FloatSource]) -> [Phase]
  {
    let layout = AttentionLayout(program[node.inputs[0]].shape, program[node.inputs[1]].shape, heads)
    let table = table, workspace = workspace, task = layout.task
    workspace.needScratch(withUnsafePointer(to: task) { Int(table.attentionScratch($0)) })
    return [
      Phase(units: layout.units) { unit, worker in
        layout.forEachHead(unit) { q, k in
          withUnsafePointer(to: task) {
            table.attentionGrad(
              $0, inputs[0].pointer + q, inputs[1].pointer + k, inputs[2].pointer + k, inputs[3].pointer + q,
              outputs[0].pointer + q, outputs[1].pointer + k, outputs[2].pointer + k,
              workspace.scratch(worker))
          }
        }
      }
    ]
  }
}

/// Where the heads of queries (N, L, heads·d) and keys (N, M, heads·d) lie.
private struct AttentionLayout {
  /// Floats of a line of the cache.
  private static let line = 16

  let heads: Int
  /// Heads of one image that a unit works on.
  let headsPerUnit: Int
  let units: Int
  let queries: Int
  let keys: Int
  /// Features of all heads.
  let features: Int

  init(_ query: Shape, _ key: Shape, _ heads: Int) {
    self.heads = heads
    (queries, keys, features) = (query[1], key[1], query[2])
    let sharing = max(1, Self.line / (features / heads))
    headsPerUnit = heads % sharing == 0 ? sharing : 1
    units = query[0] * (heads / headsPerUnit)
  }

  var task: AttentionTask {
    let size = features / heads
    return AttentionTask(
      queries: Int64(queries), keys: Int64(keys), size: Int64(size), row: Int64(features),
      scale: 1 / Float(size).squareRoot())
  }

  /// Calls `body` with the first element of each of a unit's heads, in queries and in keys.
  func forEachHead(_ unit: Int, _ body: (_ query: Int, _ key: Int) -> Void) {
    for index in unit * headsPerUnit..<(unit + 1) * headsPerUnit {
      let (image, head) = (index / heads, index % heads), start = head * (features / heads)
      body(image * queries * features + start, image * keys * features + start)
    }
  }
}
