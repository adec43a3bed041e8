import CVectorKernels
import SfumatoBackend
import SfumatoGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension Lowering {
  /// Rows of the operand at indices; zeros where an index is out of range.
  func gather(_ node: Node) -> [Phase] {
    let operand = program[node.inputs[0]], output = program[node.outputs[0]]
    let rows = operand.shape[0], count = output.shape[0]
    let rowBytes = output.shape.dimensions.dropFirst().reduce(output.dtype.byteSize, *)
    let from = values[node.inputs[0]], to = values[node.outputs[0]]
    let indices = values[node.inputs[1]].assumingMemoryBound(to: Int32.self)
    let pieces = Pieces(count, grain: max(1, (1 << 16) / max(1, rowBytes)))
    return [
      Phase(units: pieces.units) { unit, _ in
        for k in pieces[unit] {
          let row = Int(indices[k])
          if row >= 0, row < rows {
            memcpy(to + k * rowBytes, from + row * rowBytes, rowBytes)
          } else {
            memset(to + k * rowBytes, 0, rowBytes)
          }
        }
      }
    ]
  }

  /// Adds rows into zeros, in the order of the updates.
  func scatterAdd(_ node: Node) throws(BackendError) -> [Phase] {
    let updates = program[node.inputs[1]], output = program[node.outputs[0]]
    let rows = output.shape[0], count = updates.shape[0]
    let width = output.shape.dimensions.dropFirst().reduce(1, *)
    let indices = values[node.inputs[0]].assumingMemoryBound(to: Int32.self)
    if !output.dtype.isFloat {
      let to = values[node.outputs[0]].assumingMemoryBound(to: UInt32.self)
      let from = values[node.inputs[1]].assumingMemoryBound(to: UInt32.self)
      return [
        Phase(units: 1) { _, _ in
          memset(to, 0, rows * width * 4)
          for k in 0..<count where indices[k] >= 0 && Int(indices[k]) < rows {
            let target = to + Int(indices[k]) * width
            for i in 0..<width { target[i] &+= from[k * width + i] }
          }
        }
      ]
    }
    return inFloats(node) { inputs, outputs, _ in
      // Workers split the columns, so that the order of additions is that of the updates.
      let pieces = Pieces(width, grain: max(16, (1 << 14) / max(1, count)))
      let (from, to) = (inputs[1], outputs[0])
      return [
        Phase(units: pieces.units) { unit, _ in
          let range = pieces[unit], target = to.pointer, source = from.pointer
          for row in 0..<rows { memset(target + row * width + range.lowerBound, 0, range.count * 4) }
          for k in 0..<count where indices[k] >= 0 && Int(indices[k]) < rows {
            let row = target + Int(indices[k]) * width
            for i in range { row[i] += source[k * width + i] }
          }
        }
      ]
    }
  }

  func iota(_ axis: Int, _ shape: Shape, _ output: ValueID) -> Phase {
    let to = values[output].assumingMemoryBound(to: Int32.self)
    let inner = shape.dimensions[(axis + 1)...].reduce(1, *), extent = shape[axis], count = shape.count
    return Phase(units: 1) { _, _ in
      for i in 0..<count { to[i] = Int32(truncatingIfNeeded: i / inner % extent) }
    }
  }

  func randomBits(_ purpose: UInt32, _ bits: Int, _ shape: Shape, _ node: Node) -> Phase {
    let key = values[node.inputs[0]].assumingMemoryBound(to: UInt32.self)
    let to = values[node.outputs[0]].assumingMemoryBound(to: UInt32.self)
    let rowSize = UInt64(shape.dimensions.dropFirst().reduce(1, *))
    let pieces = Pieces(shape.count, grain: 1 << 12, multipleOf: 4)
    return Phase(units: pieces.units) { unit, _ in
      let range = pieces[unit]
      randomWords(
        key, purpose, UInt32(32 - bits), UInt64(key[4]) &* rowSize, UInt64(range.lowerBound),
        UInt64(range.upperBound), to)
    }
  }
}
