import SfumatoJSON

/// The state of a training run at one step, as it lies on the disk.
public struct Checkpoint: Equatable, Sendable {
  /// Number of optimizer steps that led here.
  public var step: Int
  /// Tensors by part: `model`, `ema`, `optimizer`; each becomes `<part>.safetensors`.
  public var parts: [String: Safetensors]
  /// What else a resumed run needs: the seed, counters.
  public var state: JSONObject

  public init(step: Int, parts: [String: Safetensors], state: JSONObject = [:]) {
    self.step = step
    self.parts = parts
    self.state = state
  }
}

/// A tensor that a model has, for comparison with what a file holds.
public struct TensorDescription: Equatable, Sendable {
  public var name: String
  public var shape: [Int]
  public init(name: String, shape: [Int]) {
    self.name = name
    self.shape = shape
  }
}

extension Safetensors {
  /// Checks that the file has exactly the tensors of a model, in the model's shapes.
  ///
  /// - Parameters:
  ///   - path: named in errors.
  ///   - isOptional: the names of tensors that may be there beside those.
  /// - Throws: `CheckpointError.missingTensor`, `.shapeMismatch` or `.unexpectedTensor` for the first that
  ///   is wrong, in the model's order.
  public func check(
    against expected: [TensorDescription], path: String,
    allowing isOptional: (String) -> Bool = { _ in false }
  ) throws(CheckpointError) {
    var found = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    for tensor in expected {
      guard let shape = found.removeValue(forKey: tensor.name) else {
        throw .missingTensor(name: tensor.name, shape: tensor.shape, path: path)
      }
      guard shape == tensor.shape else {
        throw .shapeMismatch(name: tensor.name, found: shape, expected: tensor.shape, path: path)
      }
    }
    for tensor in tensors where found[tensor.name] != nil && !isOptional(tensor.name) {
      throw .unexpectedTensor(name: tensor.name, shape: tensor.shape, path: path)
    }
  }
}
