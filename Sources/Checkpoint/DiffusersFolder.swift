import SfumatoJSON

/// A model in the folder format of diffusers, at the level of files.
///
/// ```
/// model_index.json
/// unet/config.json
/// unet/diffusion_pytorch_model.safetensors
/// scheduler/scheduler_config.json
/// ```
///
/// What the configurations mean is the models' business.
public struct DiffusersFolder: Equatable, Sendable {
  /// Configuration of the network, as in `unet/config.json`.
  public var unet: JSONObject
  /// Configuration of the scheduler; nil for a folder with a bare network.
  public var scheduler: JSONObject?
  public var weights: Safetensors

  public init(unet: JSONObject, scheduler: JSONObject?, weights: Safetensors) {
    self.unet = unet
    self.scheduler = scheduler
    self.weights = weights
  }

  private static let weightsName = "diffusion_pytorch_model.safetensors"

  /// Whether `path` looks like such a folder.
  public static func recognizes(_ path: String) -> Bool {
    let names = (try? PosixFileSystem().entries(of: path)) ?? []
    return names.contains("model_index.json") || names.contains("unet") || names.contains(weightsName)
  }

  /// Reads a folder: a whole pipeline, or a bare network with `config.json` and weights in it.
  ///
  /// - Throws: `CheckpointError`.
  public init(path: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    let hasParts = try fileSystem.naming("list", path) { try fileSystem.entries(of: path) }.contains("unet")
    let network = hasParts ? path + "/unet" : path
    unet = try Self.object(network + "/config.json", fileSystem)
    scheduler = hasParts ? try Self.object(path + "/scheduler/scheduler_config.json", fileSystem) : nil
    weights = try Self.weights(in: network, fileSystem)
  }

  private static func object(_ path: String, _ fileSystem: some FileSystem) throws -> JSONObject {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: try fileSystem.contents(of: path, limit: 16 << 20))
    } catch let error as JSONError {
      throw CheckpointError.badJSON(path: path, detail: "\(error)")
    }
    guard let object = value.object else {
      throw CheckpointError.badJSON(path: path, detail: "expected an object, found \(value.kind)")
    }
    return object
  }

  /// The weights, in one file or, when there is an index, in several.
  private static func weights(in folder: String, _ fileSystem: some FileSystem) throws -> Safetensors {
    let index = folder + "/" + weightsName + ".index.json"
    let names = try fileSystem.naming("list", folder) { try fileSystem.entries(of: folder) }
    guard !names.contains(weightsName), names.contains(weightsName + ".index.json") else {
      return try Safetensors(path: folder + "/" + weightsName, fileSystem: fileSystem)
    }
    guard let map = try object(index, fileSystem)["weight_map"]?.object else {
      throw CheckpointError.badJSON(path: index, detail: "expected an object with \"weight_map\"")
    }
    let shards = Set(map.members.compactMap(\.value.string)).sorted()
    guard shards.allSatisfy({ !$0.contains("/") && $0 != ".." }) else {
      throw CheckpointError.badJSON(path: index, detail: "a shard outside of the folder")
    }
    var content = Safetensors(tensors: [])
    for shard in shards {
      let part = try Safetensors(path: folder + "/" + shard, fileSystem: fileSystem)
      content.metadata = part.metadata
      content.tensors += part.tensors
    }
    return content
  }

  /// Writes the folder, each file in one step, the network's weights before the index that names them.
  ///
  /// - Throws: `CheckpointError`.
  public func write(path: String, fileSystem: some FileSystem = PosixFileSystem()) throws {
    try fileSystem.createDirectories(path + "/unet")
    try weights.write(path: path + "/unet/" + Self.weightsName, fileSystem: fileSystem)
    try Self.write(.object(unet), path + "/unet/config.json", fileSystem)
    guard let scheduler else { return }
    try fileSystem.createDirectories(path + "/scheduler")
    try Self.write(.object(scheduler), path + "/scheduler/scheduler_config.json", fileSystem)
    let version = unet["_diffusers_version"]?.string ?? "0.30.0"
    try Self.write(
      [
        "_class_name": "DDPMPipeline", "_diffusers_version": .string(version),
        "scheduler": ["diffusers", scheduler["_class_name"] ?? "DDPMScheduler"],
        "unet": ["diffusers", unet["_class_name"] ?? "UNet2DModel"],
      ], path + "/model_index.json", fileSystem)
  }

  private static func write(_ value: JSONValue, _ path: String, _ fileSystem: some FileSystem) throws {
    try fileSystem.publish(Array(value.document.utf8), to: path)
  }
}
