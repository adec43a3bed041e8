import SfumatoGraph

/// Faults of kernels.
extension Fault {
  /// A convolution that begins one row too early.
  static let convolutionEdge = Fault(
    name: "off-by-one edge of a convolution",
    program: { program in
      try program.retraced { op, x in
        guard case .conv(var geometry) = op, geometry.padBottom > 0 else { return nil }
        geometry.padTop += 1
        geometry.padBottom -= 1
        return [try x[0].graph.apply(.conv(geometry), x[0], x[1])]
      }
    }, concerns: { $0.test.operation.hasPrefix("conv") })

  /// A matrix product that forgets the terms behind the last multiple of 8.
  static let forgottenTail = Fault(
    name: "wrong accumulate: the tail of a sum",
    program: { program in
      try program.retraced { op, x in
        guard case .matmul(false, false) = op, x[0].shape.rank == 2, x[0].shape[1] > 8, x[0].shape[1] % 8 > 0
        else {
          return nil
        }
        let count = x[0].shape[1] / 8 * 8
        return [try x[0].slice(axis: 1, 0..<count).matmul(x[1].slice(axis: 0, 0..<count))]
      }
    }, concerns: { $0.test.operation == "matmul" })

  /// A matrix product of half-precision numbers that rounds after every term.
  static let halfAccumulation = Fault(
    name: "f16 accumulation",
    program: { program in
      try program.retraced { op, x in
        guard case .matmul(false, false) = op, x[0].dtype == .f16, x[0].shape.rank == 2,
          (2...128).contains(x[0].shape[1])
        else { return nil }
        var sum = try x[0].slice(axis: 1, 0..<1).matmul(x[1].slice(axis: 0, 0..<1))
        for k in 1..<x[0].shape[1] {
          sum = try sum + x[0].slice(axis: 1, k..<k + 1).matmul(x[1].slice(axis: 0, k..<k + 1))
        }
        return [sum]
      }
    }, concerns: { $0.test.operation == "matmul" && $0.test.dtype == .f16 })

  /// A gradient that takes a square matrix the wrong way round.
  static let transposedGradient = Fault(
    name: "transposed gradient",
    program: { program in
      try program.retracedNodes { node, x in
        guard case .matmul(let a, let b) = node.op, node.name.contains("grad("), x[1].shape.rank == 2,
          x[1].shape[0] == x[1].shape[1]
        else { return nil }
        return [try x[0].matmul(x[1], transposeA: a, transposeB: !b)]
      }
    }, concerns: { $0.test.operation == "matmul" })

  /// A maximum that is the first operand unless it is less.
  static let ignoredNaN = Fault(
    name: "ignored NaN",
    program: { program in
      try program.retraced { op, x in
        guard case .binary(.max) = op, x[0].dtype.isFloat else { return nil }
        return [try x[0].isLess(than: x[1]).select(x[1], x[0])]
      }
    }, concerns: { $0.test.operation == "max" })

  /// Elements from the 65,537th on that nobody writes.
  static let bound = Fault(
    name: "wrong bound at 65,536",
    program: { program in
      // A cluster as a whole is what has elements.
      var count = 0
      let limit = 65_536
      let builder = GraphBuilder()
      var map: [ValueID: Tensor] = [:]
      for port in program.inputs {
        map[port.value] = try builder.input(port.name, program[port.value].dtype, program[port.value].shape)
      }
      for node in program.nodes {
        var results = try builder.applyAll(node.op, node.inputs.compactMap { map[$0] })
        for index in results.indices where node.isElementwise && results[index].type.count > limit {
          let whole = try results[index].reshape([results[index].type.count])
          let rest = try builder.constant(0, whole.dtype, [whole.type.count - limit])
          results[index] = try Tensor.concat([whole.slice(axis: 0, 0..<limit), rest], axis: 0)
            .reshape(results[index].shape)
          count += 1
        }
        for (value, tensor) in zip(node.outputs, results) { map[value] = tensor }
      }
      guard count > 0, program.states.isEmpty else { return nil }
      for port in program.outputs {
        if let tensor = map[port.value] { try builder.output(port.name, tensor) }
      }
      return try builder.finish()
    }, concerns: { check in check.test.inputs.contains { $0.type.count > 65_536 } })

  /// Sums whose order is not always the same.
  static let unorderedSum = Fault(
    name: "order-dependent sum",
    program: { program in
      try program.retraced { op, x in
        guard case .reduce(.sum, let axes) = op, let axis = axes.first, x[0].dtype.isFloat,
          x[0].shape[axis] > 1
        else {
          return nil
        }
        let half = x[0].shape[axis] / 2
        return [
          try x[0].slice(axis: axis, half..<x[0].shape[axis]).reduceSum(axes)
            + x[0].slice(axis: axis, 0..<half).reduceSum(axes)
        ]
      }
    }, run: .nowAndThen, concerns: { $0.test.operation == "reduceSum" })
}

extension Node {
  fileprivate var isElementwise: Bool {
    if case .region(let region) = op { return region.name == "pointwise" }
    return op.isPointwise
  }
}
