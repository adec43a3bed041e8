import SfumatoBackend
import SfumatoCheckpoint
import SfumatoGraph
import SfumatoNN

/// Moves parameters between a device's states and files, whose layout is PyTorch's.
struct StoredParameters {
  let parameters: [Parameter]

  /// The states `prefix` + name of all parameters, as a file.
  func read(_ prefix: String, from state: any StateStore, only isWanted: (Parameter) -> Bool = { _ in true })
    throws
    -> [StoredTensor]
  {
    try parameters.filter(isWanted).map { parameter in
      let values = try state.read(prefix + parameter.name).floats
      return StoredTensor(
        name: parameter.name, shape: parameter.checkpointShape.dimensions,
        floats: parameter.checkpointLayout(values))
    }
  }

  /// Writes a file's tensors into the states `prefix` + name, after checking that every one is there in its shape.
  func write(
    _ file: Safetensors, named namePrefix: String = "", path: String, to state: any StateStore,
    _ prefix: String,
    only isWanted: (Parameter) -> Bool = { _ in true }
  ) throws {
    for parameter in parameters where isWanted(parameter) {
      let name = namePrefix + parameter.name
      guard let tensor = file[name], let values = tensor.floats else {
        throw CheckpointError.missingTensor(
          name: name, shape: parameter.checkpointShape.dimensions, path: path)
      }
      guard tensor.shape == parameter.checkpointShape.dimensions else {
        throw CheckpointError.shapeMismatch(
          name: name, found: tensor.shape, expected: parameter.checkpointShape.dimensions, path: path)
      }
      try state.write(prefix + parameter.name, HostTensor(parameter.graphLayout(values), parameter.shape))
    }
  }

  /// What a file of these parameters must hold.
  var descriptions: [TensorDescription] {
    parameters.map { TensorDescription(name: $0.name, shape: $0.checkpointShape.dimensions) }
  }
}
