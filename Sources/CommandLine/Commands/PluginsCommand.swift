import ArgumentParser
import Sfumato

/// `sfumato plugins`
struct PluginsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plugins",
    abstract: "Lists everything that can be chosen by name: backends, models, samplers and others.")

  @Argument(help: "Only this kind, such as `sampler`.")
  var kind: String?

  @OptionGroup var plugins: PluginOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    plugins.load()
    let all: [(kind: String, entries: [any RegistryEntry])] = [
      (Backends.registry.kind, Backends.registry.all),
      (TrainingTasks.registry.kind, TrainingTasks.registry.all),
      (Models.registry.kind, Models.registry.all),
      (Objectives.registry.kind, Objectives.registry.all),
      (Optimizers.registry.kind, Optimizers.registry.all),
      (Samplers.registry.kind, Samplers.registry.all),
      (DatasetKind.registry.kind, DatasetKind.registry.all),
      (Augmentations.registry.kind, Augmentations.registry.all),
      (Conditions.registry.kind, Conditions.registry.all),
      (TrainingObservers.registry.kind, TrainingObservers.registry.all),
    ]
    let kinds = all.map(\.kind)
    if let kind, !kinds.contains(kind) {
      throw RegistryError.unknownName(kind: "kind of plugin", name: kind, known: kinds)
    }
    for (kind, entries) in all where self.kind == nil || self.kind == kind {
      if common.json {
        for entry in entries { Terminal.jsonLine(json(kind, entry)) }
      } else {
        print("\(kind)s")
        print(Terminal.table(entries.flatMap(rows)) + "\n")
      }
    }
  }

  private func rows(_ entry: any RegistryEntry) -> [[String]] {
    [["  " + entry.name, entry.summary]]
      + ((entry as? BackendEntry)?.origin.map { [["", "from \($0)"]] } ?? [])
      + entry.options.map { ["    " + $0.name, "\($0.summary): \($0.expectation) (\($0.defaultValue))"] }
  }

  private func json(_ kind: String, _ entry: any RegistryEntry) -> JSONObject {
    [
      "origin": (entry as? BackendEntry)?.origin.map(JSONValue.string) ?? .null,
      "kind": .string(kind), "name": .string(entry.name), "summary": .string(entry.summary),
      "options": .array(
        entry.options.map {
          [
            "name": .string($0.name), "summary": .string($0.summary), "expected": .string($0.expectation),
            "default": .string("\($0.defaultValue)"),
          ]
        }),
    ]
  }
}
