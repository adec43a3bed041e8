import GoldenSupport
import SfumatoConditions
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoRegistry

extension GoldenFile {
  /// The model that the file's metadata name, with its options.
  func registeredModel() throws -> any Model {
    let definition = try Models.registry.entry(metadata["model"] ?? ""), shape = try json("shape")
    guard let resolution = shape["sample_size"]?.integer, let channels = shape["out_channels"]?.integer else {
      throw BadFile(description: "\(name): bad shape \(shape)")
    }
    let options = try json("options").object?.members ?? []
    return try definition.model(
      for: ImageShape(resolution: resolution, channels: channels, conditions: conditions()),
      options: Dictionary(uniqueKeysWithValues: options.map { ($0.0, OptionValue($0.1)) }))
  }

  /// What the model is told of each image: its class, where there are any.
  func conditions() throws -> [any Condition] {
    try json("shape")["num_class_embeds"]?.integer.map { [ClassCondition(count: $0)] } ?? []
  }

  /// The metadata under `key`.
  func json(_ key: String) throws -> JSONValue { try JSONValue(parsing: metadata[key] ?? "") }
}

extension OptionValue {
  /// A number or a list of them; null for anything else.
  fileprivate init(_ json: JSONValue) {
    self = json.array.map { .list($0.map(OptionValue.init)) } ?? json.number.map(OptionValue.number) ?? .null
  }
}
