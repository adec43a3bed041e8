import CVectorKernels
import SfumatoGraph

/// Attention whose scores never reach memory: each image and head is a unit of its own.
extension Lowering {
  func attention(_ node: Node, _ heads: Int, _ inputs: [FloatSource], _ outputs: [FloatSource]) -> [Phase] {
    let layout = AttentionLayout(program[node.inputs[0]].shape, program[node.inputs[1]].shape, heads)
    let table = table, workspace = workspace, task = layout.task
    workspace.needScratch(withUnsafePointer(to: task) { Int(table.attentionScratch($0)) })
    // Where there are few images and heads, the queries are shared out too; the keys are then packed once a piece.
    let rows = Pieces(layout.queries, grain: 64, limit: max(1, 64 / max(1, layout.units)))
    return [
      Phase(units: layout.units * rows.units) { unit, worker in
        let (q, k) = layout.offsets(unit / rows.units), range = rows[unit % rows.units]
        withUnsafePointer(to: task) {
          table.attention(
            $0, inputs[0].pointer + q, inputs[1].pointer + k, inputs[2].pointer + k, outputs[0].pointer + q,
            Int64(range.lowerBound), Int64(range.upperBound), workspace.scratch(worker))
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
        let (q, k) = layout.offsets(unit)
        withUnsafePointer(to: task) {
          table.attentionGrad(
            $0, inputs[0].pointer + q, inputs[1].pointer + k, inputs[2].pointer + k, inputs[3].pointer + q,
            outputs[0].pointer + q, outputs[1].pointer + k, outputs[2].pointer + k, workspace.scratch(worker))
        }
      }
    ]
  }
}

/// Where the heads of queries (N, L, heads·d) and keys (N, M, heads·d) lie.
private struct AttentionLayout {
  let units: Int
  let heads: Int
  let queries: Int
  let keys: Int
  /// Features of all heads.
  let features: Int

  init(_ query: Shape, _ key: Shape, _ heads: Int) {
    self.heads = heads
    units = query[0] * heads
    (queries, keys, features) = (query[1], key[1], query[2])
  }

  var task: AttentionTask {
    let size = features / heads
    return AttentionTask(
      queries: Int64(queries), keys: Int64(keys), size: Int64(size), row: Int64(features),
      scale: 1 / Float(size).squareRoot())
  }

  /// The first element of an image's head in queries and in keys.
  func offsets(_ unit: Int) -> (query: Int, key: Int) {
    let (image, head) = (unit / heads, unit % heads), start = head * (features / heads)
    return (image * queries * features + start, image * keys * features + start)
  }
}
