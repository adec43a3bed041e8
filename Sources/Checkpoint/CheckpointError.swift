import SfumatoDiagnostics

/// What can be wrong with the files that hold a model or a training state.
public enum CheckpointError: SfumatoError, Equatable {
  /// A safetensors file breaks the format; the detail says where.
  case malformed(path: String, detail: String)
  /// A JSON file of a model folder cannot be understood.
  case badJSON(path: String, detail: String)
  /// A tensor that the model needs is not in the file.
  case missingTensor(name: String, shape: [Int], path: String)
  /// A tensor has another shape than the model needs.
  case shapeMismatch(name: String, found: [Int], expected: [Int], path: String)
  /// A tensor has a type that cannot be used here.
  case typeMismatch(name: String, found: StoredType, expected: String, path: String)
  /// A tensor in the file has no place in the model.
  case unexpectedTensor(name: String, shape: [Int], path: String)
  /// There is no complete checkpoint in the folder.
  case noCheckpoint(path: String, incomplete: [String])
  /// The files of a checkpoint are not the ones that were saved.
  case damaged(path: String, detail: String)
  /// A file operation failed.
  case fileOperation(operation: String, path: String, reason: String)
  /// There is no room for a checkpoint.
  case diskFull(path: String, neededBytes: Int)

  public var exitCode: ExitCode { .badData }

  public var description: String {
    switch self {
    case .malformed(let path, let detail):
      "\(path) is no valid safetensors file: \(detail)"
    case .badJSON(let path, let detail):
      "\(path): \(detail)"
    case .missingTensor(let name, let shape, let path):
      "\(path) has no tensor \"\(name)\" (\(describe(shape: shape)) expected); "
        + "is it a checkpoint of another model configuration?"
    case .shapeMismatch(let name, let found, let expected, let path):
      "\(path): tensor \"\(name)\" is \(describe(shape: found)), but the model expects "
        + "\(describe(shape: expected)); is it a checkpoint of another model configuration?"
    case .typeMismatch(let name, let found, let expected, let path):
      "\(path): tensor \"\(name)\" is \(found.rawValue), expected \(expected)"
    case .unexpectedTensor(let name, let shape, let path):
      "\(path) has a tensor \"\(name)\" \(describe(shape: shape)) that the model does not have; "
        + "is it a checkpoint of another model configuration?"
    case .noCheckpoint(let path, let incomplete):
      "no complete checkpoint in \(path)"
        + (incomplete.isEmpty ? "" : " (incomplete: \(incomplete.joined(separator: ", ")))")
    case .damaged(let path, let detail):
      "\(path) is damaged: \(detail); use an earlier checkpoint"
    case .fileOperation(let operation, let path, let reason):
      "cannot \(operation) \(path): \(reason)"
    case .diskFull(let path, let neededBytes):
      "no space left to save \(path): \(neededBytes) bytes are needed; "
        + "free some space and resume from the last checkpoint"
    }
  }
}
