import SfumatoGraph

/// What a network is told beside its input: the conditions of a batch, in a trace.
public struct Conditioning {
  /// One condition, with a tensor for each of its columns.
  public struct Part {
    public let condition: any Condition
    public let values: [Tensor]

    public init(_ condition: any Condition, _ values: [Tensor]) {
      self.condition = condition
      self.values = values
    }
  }

  public let parts: [Part]

  public init(_ parts: [Part]) { self.parts = parts }

  /// Of an unconditional network.
  public static var none: Conditioning { Conditioning([]) }

  /// Declares the columns of `conditions` as inputs of `graph`, for a batch of `count`.
  public init(_ conditions: [any Condition], inputsOf graph: GraphBuilder, rows count: Int) throws {
    parts = try conditions.map { condition in
      Part(
        condition,
        try condition.columns.map { try graph.input($0.name, $0.dtype, $0.type(rows: count).shape) })
    }
  }

  public var isEmpty: Bool { parts.isEmpty }
}

// MARK: - For networks

extension Conditioning {
  /// The sum of all conditions that are vectors, [N, size]; nil where there is none.
  ///
  /// - Parameter scope: of the model.
  public func vector(size: Int, in scope: Scope) throws -> Tensor? {
    var sum: Tensor?
    for part in parts where part.condition.form == .vector {
      guard case .vector(let each) = try part.embedding(size: size, in: scope) else {
        throw part.misshaped(scope)
      }
      sum = try sum.map { try $0 + each } ?? each
    }
    return sum
  }

  /// The conditions that are sequences, in order: (N, L, size), each with its mask [N, L].
  ///
  /// - Parameter scope: of the model.
  public func sequences(size: Int, in scope: Scope) throws -> [(tokens: Tensor, mask: Tensor)] {
    try parts.filter { $0.condition.form == .sequence }.map { part in
      guard case .sequence(let tokens, let mask) = try part.embedding(size: size, in: scope) else {
        throw part.misshaped(scope)
      }
      return (tokens, mask)
    }
  }

  /// The conditions that are images, in order: (N, H, W, C).
  ///
  /// - Parameter scope: of the model.
  public func images(in scope: Scope) throws -> [Tensor] {
    try parts.filter { $0.condition.form == .image }.map { part in
      guard case .image(let image) = try part.embedding(size: 0, in: scope) else {
        throw part.misshaped(scope)
      }
      return image
    }
  }
}

extension Conditioning.Part {
  fileprivate func embedding(size: Int, in scope: Scope) throws -> ConditionEmbedding {
    try condition.embedding(values, size: size, in: place(in: scope))
  }

  /// Where its parameters are.
  func place(in scope: Scope) -> Scope { scope[condition.name + "_embedding"] }

  fileprivate func misshaped(_ scope: Scope) -> GraphError {
    GraphError(
      operation: "condition \(condition.name)", node: scope.path,
      problem: "its form is \(condition.form), but its embedding is of another")
  }
}

// MARK: - For objectives

extension Conditioning {
  /// As many rows, of which nothing is said.
  public func null() throws -> Conditioning {
    Conditioning(try parts.map { Part($0.condition, try $0.condition.null($0.values)) })
  }

  /// The rows of this and then those of `other`, which must be of the same conditions.
  public func followed(by other: Conditioning) throws -> Conditioning {
    try combined(with: other) { try .concat([$0, $1], axis: 0) }
  }

  /// The rows of `other` where `isOther`, bool [N], holds, else those of this.
  public func replaced(by other: Conditioning, where isOther: Tensor) throws -> Conditioning {
    try combined(with: other) { own, other in
      let ones = [Int](repeating: 1, count: own.shape.rank - 1)
      let each =
        ones.isEmpty ? isOther : try isOther.reshape(Shape([own.shape[0]] + ones)).broadcast(own.shape)
      return try each.select(other, own)
    }
  }

  private func combined(with other: Conditioning, _ combine: (Tensor, Tensor) throws -> Tensor) throws
    -> Conditioning
  {
    precondition(
      parts.map(\.condition.name) == other.parts.map(\.condition.name), "both are of the same conditions")
    return Conditioning(
      try zip(parts, other.parts).map { own, other in
        Part(own.condition, try zip(own.values, other.values).map(combine))
      })
  }
}
