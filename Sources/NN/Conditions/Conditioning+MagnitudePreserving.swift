import SfumatoGraph

extension Conditioning {
  /// All conditions that are vectors as one of magnitude 1, [N, size]; nil where there is none.
  ///
  /// Of one of several choices that is `Scope.mpEmbedding`, of any other vector its direction. Several are added as independent ones.
  ///
  /// - Parameter scope: of the model.
  public func mpVector(size: Int, in scope: Scope) throws -> Tensor? {
    let all: [Tensor] = try parts.filter { $0.condition.form == .vector }.compactMap { part in
      if let count = part.condition.choiceCount, let choices = part.values.first {
        return try part.place(in: scope).mpEmbedding(choices, count: count, size: size)
      }
      return try Conditioning([part]).vector(size: size, in: scope)?.unitMagnitude([-1])
    }
    guard let first = all.first else { return nil }
    guard all.count > 1 else { return first }
    return try all.dropFirst().reduce(first) { try $0 + $1 } / Double(all.count).squareRoot()
  }
}
