import SfumatoGraph

/// Neighbouring axes along which an operand of a broadcast moves with the output.
struct BroadcastRun {
  var extent: Int
  var outputStride: Int
  var operandStride: Int
  var isOutermost: Bool

  /// The runs, outermost first; axes of extent 1 in the output vanish.
  static func runs(of operand: Shape, in output: Shape) -> [BroadcastRun] {
    let (outputStrides, operandStrides) = (output.strides, operand.strides)
    var runs: [BroadcastRun] = []
    var isJoined = false
    var seesOuter = false
    for axis in 0..<output.rank where output[axis] != 1 {
      if operand[axis] == 1 {
        isJoined = false
      } else if isJoined, var last = runs.popLast() {
        last.extent *= output[axis]
        last.outputStride = outputStrides[axis]
        last.operandStride = operandStrides[axis]
        runs.append(last)
      } else {
        runs.append(
          BroadcastRun(
            extent: output[axis], outputStride: outputStrides[axis], operandStride: operandStrides[axis],
            isOutermost: !seesOuter))
        isJoined = true
      }
      seesOuter = true
    }
    return runs
  }
}
