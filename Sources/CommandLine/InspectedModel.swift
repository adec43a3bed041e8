import Foundation
import Sfumato

/// What there is to say about a model on the disk.
struct InspectedModel {
  /// A tensor in a file.
  struct Row {
    var name: String
    var type: StoredType
    var shape: [Int]
    var count: Int { shape.reduce(1, *) }
  }

  enum Kind: String { case run, checkpoint, safetensors, diffusers }

  var kind: Kind
  var path: String
  /// The step of the checkpoint, and all steps that the run has one of.
  var step: Int?
  var steps: [Int] = []
  /// The tensors of each file, by the file's name without its extension.
  var parts: [(name: String, tensors: [Row])] = []
  var state: JSONObject?
  /// The recipe as YAML, or diffusers' configuration as JSON.
  var configuration: String?

  /// - Throws: `CheckpointError`, `RecipeError`.
  init(path: String) throws {
    self.path = path
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
      throw CheckpointError.fileOperation(
        operation: "open", path: path, reason: "there is no such file or folder")
    }
    func has(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path + "/" + name) }
    if !isFolder.boolValue {
      kind = .safetensors
      parts = [("tensors", try Self.rows(path))]
    } else if has("state.json") {
      kind = .checkpoint
      try addCheckpoint(path)
      let run = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
        .deletingLastPathComponent()
      if FileManager.default.fileExists(atPath: run.path + "/config.yaml") {
        try addRecipe(RunFolder(path: run.path))
      }
    } else if has("config.yaml") || has("checkpoints") {
      kind = .run
      let run = RunFolder(path: path)
      steps = try run.checkpoints.steps()
      if !steps.isEmpty { try addCheckpoint(run.checkpoints.path(step: try run.checkpoints.latest())) }
      if has("config.yaml") { try addRecipe(run) }
    } else if DiffusersFolder.recognizes(path) {
      kind = .diffusers
      try addDiffusers()
    } else {
      throw CheckpointError.fileOperation(
        operation: "inspect", path: path,
        reason: "it is no run, no checkpoint and no diffusers folder (looked for config.yaml, state.json, "
          + "model_index.json)")
    }
  }

  private mutating func addCheckpoint(_ folder: String) throws {
    let checkpoint = try CheckpointSummary(folder: folder)
    step = checkpoint.step
    state = checkpoint.state
    parts = try checkpoint.files.keys.filter { $0.hasSuffix(".safetensors") }.sorted().map {
      (String($0.dropLast(".safetensors".count)), try Self.rows(folder + "/" + $0))
    }
  }

  private mutating func addRecipe(_ run: RunFolder) throws {
    configuration = try run.configuration().yaml()
  }

  private mutating func addDiffusers() throws {
    let model = try DiffusersFolder(path: path)
    parts = [("unet", model.weights.tensors.map { Row(name: $0.name, type: $0.type, shape: $0.shape) })]
    configuration =
      JSONValue.object([
        "unet": .object(model.unet), "scheduler": model.scheduler.map(JSONValue.object) ?? .null,
      ])
      .document
  }

  private static func rows(_ path: String) throws -> [Row] {
    try SafetensorsHeader(path: path).entries.map { Row(name: $0.name, type: $0.type, shape: $0.shape) }
  }

  /// Numbers in the model's own tensors: of the part `model`, or the only one.
  var parameterCount: Int {
    let part = parts.first { $0.name == "model" } ?? parts.first
    return part?.tensors.reduce(0) { $0 + $1.count } ?? 0
  }
}

// MARK: - Saying it

extension InspectedModel {
  /// For people.
  func text(listingTensors: Bool) -> String {
    var rows = [["path", path], ["kind", kind.rawValue]]
    if let step { rows.append(["step", "\(step)"]) }
    if steps.count > 1 { rows.append(["checkpoints", steps.map(String.init).joined(separator: ", ")]) }
    if !parts.isEmpty { rows.append(["parameters", Self.grouped(parameterCount)]) }
    for part in parts {
      let types = Set(part.tensors.map(\.type.rawValue)).sorted().joined(separator: ", ")
      let numbers = part.tensors.reduce(0) { $0 + $1.count }
      rows.append([
        part.name,
        "\(part.tensors.count) tensors, \(Self.grouped(numbers)) numbers"
          + (types.isEmpty ? "" : " (\(types))"),
      ])
    }
    // Long values (the recipe, the model's configuration) are shown by --json only.
    for (key, value) in state?.members ?? [] where value.line.count <= 80 { rows.append([key, value.line]) }
    var sections = [Terminal.table(rows)]
    if listingTensors {
      for part in parts {
        let table = part.tensors.map { ["  " + $0.name, $0.type.rawValue, "\($0.shape)"] }
        sections.append(part.name + "\n" + Terminal.table(table))
      }
    }
    if let configuration { sections.append("configuration\n" + Self.indented(configuration)) }
    return sections.joined(separator: "\n\n")
  }

  /// For programs; with every tensor.
  var json: JSONObject {
    [
      "path": .string(path), "kind": .string(kind.rawValue), "step": step.map(JSONValue.integer) ?? .null,
      "checkpoints": .array(steps.map(JSONValue.integer)), "parameters": .integer(parameterCount),
      "state": state.map(JSONValue.object) ?? .null,
      "configuration": configuration.map(JSONValue.string) ?? .null,
      "tensors": .array(
        parts.flatMap { part in
          part.tensors.map {
            [
              "part": .string(part.name), "name": .string($0.name), "dtype": .string($0.type.rawValue),
              "shape": .array($0.shape.map(JSONValue.integer)),
            ]
          }
        }),
    ]
  }

  /// Digits in groups of three.
  static func grouped(_ number: Int) -> String {
    let digits = Array(String(number))
    return String(
      digits.enumerated().flatMap { index, digit in
        index > 0 && (digits.count - index).isMultiple(of: 3) ? [",", digit] : [digit]
      })
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  " + $0 }
      .joined(separator: "\n").trimmingCharacters(in: .newlines)
  }
}
