/// A handle of a value that is being traced.
public struct Tensor {
  public let id: ValueID
  public let graph: GraphBuilder

  init(_ id: ValueID, _ graph: GraphBuilder) {
    self.id = id
    self.graph = graph
  }

  public var type: TensorType { graph.program[id] }
  public var dtype: DType { type.dtype }
  public var shape: Shape { type.shape }

  /// A constant of this tensor's type with every element equal to `value`.
  public func splat(_ value: Double) throws -> Tensor { try graph.constant(value, dtype, shape) }

  /// The tensor of value `id` of `graph`.
  public static func value(_ id: ValueID, in graph: GraphBuilder) -> Tensor { Tensor(id, graph) }
}
