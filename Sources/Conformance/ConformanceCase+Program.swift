import SfumatoAutodiff
import SfumatoGraph
import SfumatoRandom

extension ConformanceCase {
  /// The program that checks this case to `order`, with inputs `0`, `1`, … and outputs `0`, `1`, ….
  ///
  /// Order 0 is the operation. Order 1 yields the gradients of the projection of its outputs on fixed random
  /// directions; order 2 the gradients of the projection of those gradients.
  public func program(order: Int) throws -> Program {
    let builder = GraphBuilder()
    let tensors = try inputs.enumerated().map { try builder.input(String($0), $1.type.dtype, $1.type.shape) }
    for (index, result) in try results(of: tensors, order: order, in: builder).enumerated() {
      try builder.output(String(index), result)
    }
    return try builder.finish()
  }

  /// Traces the operation on `tensors`, and what differentiating it `order` times yields.
  func results(of tensors: [Tensor], order: Int, in builder: GraphBuilder) throws -> [Tensor] {
    let variables = tensors.filter { $0.dtype.isFloat }
    var results = try trace(tensors)
    for level in 0..<order {
      let scalar = try projection(results.filter { $0.dtype.isFloat }, level: level, in: builder)
      results = try gradients(of: scalar, wrt: variables)
    }
    return results
  }

  /// The sum of the products of all elements with fixed random numbers.
  private func projection(_ tensors: [Tensor], level: Int, in builder: GraphBuilder) throws -> Tensor {
    var sum = try builder.constant(0)
    for (index, tensor) in tensors.enumerated() {
      let stream = RandomStream(seed: 99, step: UInt64(level * 100 + index), purpose: .noise)
      let direction = try builder.constant(
        tensor.dtype.rounded((0..<tensor.type.count).map { stream.normal($0) }), tensor.dtype, tensor.shape)
      sum = try sum + (tensor * direction).reduceSum().reshape([]).cast(.f32)
    }
    return sum
  }
}
