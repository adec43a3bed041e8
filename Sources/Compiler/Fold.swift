import Foundation
import SfumatoGraph

/// Evaluates what is known already and drops what changes nothing:
/// elementwise operations on splat constants, views of splats, x · 1, x + 0, casts to the same type, reshapes of
/// reshapes, transposes that undo each other or that a matrix product can take over, `stopGradient`.
///
/// Values keep their bits: nothing is reassociated, and x · 0 stays since x may be NaN.
public func fold(_ program: Program) -> Program {
  var folder = Folder(program)
  for node in program.nodes { folder.visit(node) }
  return folder.rewriter.finish()
}

private struct Folder {
  var rewriter: ProgramRewriter
  private let source: Program
  /// The operation behind each new value that may be worth looking through.
  private var origin: [ValueID: (op: Op, inputs: [ValueID])] = [:]

  init(_ program: Program) {
    source = program
    rewriter = ProgramRewriter(program)
  }

  mutating func visit(_ node: Node) {
    guard node.outputs.count == 1, let output = node.outputs.first else { return rewriter.copy(node) }
    let inputs = node.inputs.map(rewriter.mapped)
    let type = source[output]
    if let splat = splatResult(node.op, inputs, type) {
      return emit(.constant(.splat(splat), type), [], node, output)
    }
    if let same = unchanged(node.op, inputs, type) { return rewriter.replace(output, by: same) }
    let (op, operands) = simplified(node.op, inputs, type)
    emit(op, operands, node, output)
  }

  private mutating func emit(_ op: Op, _ inputs: [ValueID], _ node: Node, _ output: ValueID) {
    let new = rewriter.emit(op, inputs, [source[output]], name: node.name)[0]
    origin[new] = (op, inputs)
    rewriter.replace(output, by: new)
  }

  private func splat(_ value: ValueID) -> Double? {
    if case .constant(.splat(let number), _)? = origin[value]?.op { return number }
    return nil
  }

  /// The number that fills the result, when all operands are splats and only f32 is involved (other types
  /// would need their own rounding here).
  private func splatResult(_ op: Op, _ inputs: [ValueID], _ type: TensorType) -> Double? {
    let numbers = inputs.compactMap(splat)
    guard numbers.count == inputs.count, !inputs.isEmpty else { return nil }
    switch op {
    case .reshape, .transpose, .broadcast, .slice, .stopGradient: return numbers[0]
    case .unary(let function) where type.dtype == .f32: return Double(function(Float(numbers[0])))
    case .binary(let function) where type.dtype == .f32:
      return evaluate(function, Float(numbers[0]), Float(numbers[1])).map(Double.init)
    default: return nil
    }
  }

  private func evaluate(_ op: BinaryOp, _ a: Float, _ b: Float) -> Float? {
    switch op {
    case .add: a + b
    case .mul: a * b
    case .max: a.isNaN || b.isNaN ? .nan : Swift.max(a, b)
    case .pow: pow(a, b)
    case .less, .equal: nil
    }
  }

  /// The operand that the result equals, bit for bit.
  private func unchanged(_ op: Op, _ inputs: [ValueID], _ type: TensorType) -> ValueID? {
    switch op {
    case .stopGradient: return inputs[0]
    case .binary(.mul):
      if splat(inputs[1]) == 1 { return inputs[0] }
      return splat(inputs[0]) == 1 ? inputs[1] : nil
    case .binary(.add):
      // Adding −0 changes nothing; adding +0 turns −0 into +0, which no operation but reciprocal can see.
      if splat(inputs[1]) == 0 { return inputs[0] }
      return splat(inputs[0]) == 0 ? inputs[1] : nil
    case .cast, .reshape, .broadcast:
      return rewriter.program[inputs[0]] == type ? inputs[0] : undone(op, inputs, type)
    case .transpose(let permutation):
      return permutation == Array(permutation.indices) ? inputs[0] : undone(op, inputs, type)
    case .slice, .pad: return nil
    case .concat: return inputs.count == 1 ? inputs[0] : nil
    default: return nil
    }
  }

  /// The operand's own operand, when this operation undoes that one.
  private func undone(_ op: Op, _ inputs: [ValueID], _ type: TensorType) -> ValueID? {
    guard let before = origin[inputs[0]] else { return nil }
    switch (before.op, op) {
    case (.reshape, .reshape): return rewriter.program[before.inputs[0]] == type ? before.inputs[0] : nil
    case (.transpose(let first), .transpose(let second)):
      return second.map { first[$0] } == Array(first.indices) ? before.inputs[0] : nil
    default: return nil
    }
  }

  /// The same result from less.
  private func simplified(_ op: Op, _ inputs: [ValueID], _ type: TensorType) -> (Op, [ValueID]) {
    switch op {
    case .reshape:
      if let before = origin[inputs[0]], case .reshape = before.op { return (op, before.inputs) }
      return (op, inputs)
    case .transpose(let second):
      if let before = origin[inputs[0]], case .transpose(let first) = before.op {
        return (.transpose(second.map { first[$0] }), before.inputs)
      }
      return (op, inputs)
    case .matmul(let transposeA, let transposeB):
      let (a, flipA) = untransposed(inputs[0]), (b, flipB) = untransposed(inputs[1])
      return (.matmul(transposeA: transposeA != flipA, transposeB: transposeB != flipB), [a, b])
    default: return (op, inputs)
    }
  }

  /// The operand of a transpose that swaps the last two axes only.
  private func untransposed(_ value: ValueID) -> (ValueID, Bool) {
    guard let before = origin[value], case .transpose(let permutation) = before.op, permutation.count >= 2
    else {
      return (value, false)
    }
    var swap = Array(permutation.indices)
    swap.swapAt(swap.count - 1, swap.count - 2)
    return permutation == swap ? (before.inputs[0], true) : (value, false)
  }
}
