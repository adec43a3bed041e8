import Foundation
import SfumatoDiagnostics
import SfumatoRegistry
import Testing

@testable import SfumatoConfiguration

@Suite struct RecipeTests {
  static let recipesFolder = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Samples/recipes")
  static let shipped =
    (try? FileManager.default.contentsOfDirectory(atPath: recipesFolder.path))?.sorted() ?? []

  private func complaint(_ yaml: String, _ overrides: [String] = []) -> String? {
    do {
      _ = try Recipe(yaml: yaml, source: "r.yaml", overrides: overrides)
      return nil
    } catch let error as RecipeError {
      return error.exitCode == .usage ? error.description : "exit code"
    } catch {
      return "untyped: \(error)"
    }
  }

  @Test func recipesShip() {
    #expect(
      Self.shipped == [
        "ddpm-cifar10.yaml", "emoji-gan.yaml", "emoji-large.yaml", "emoji.yaml", "folder.yaml", "mnist.yaml",
        "quickstart.yaml",
      ])
  }

  @Test(arguments: shipped) func shippedRecipesRoundTrip(file: String) throws {
    let recipe = try Recipe(path: Self.recipesFolder.appending(path: file).path)
    #expect(recipe != Recipe())
    #expect(recipe.name + ".yaml" == file)
    let yaml = try recipe.yaml()
    #expect(try Recipe(yaml: yaml, source: "config.yaml") == recipe)
    #expect(try Recipe(yaml: yaml, source: "config.yaml").yaml() == yaml)
  }

  @Test func everyKeyIsWritten() throws {
    let yaml = try Recipe().yaml()
    for key in Recipe.keyPaths {
      let last = key.split(separator: ".").last ?? ""
      #expect(yaml.contains("\(last):"), "\(key)")
    }
    #expect(try Recipe(yaml: "", source: "empty") == Recipe())
  }

  @Test func everyKindOfValueIsRead() throws {
    let recipe = try Recipe(
      yaml: """
        name: "123"
        data: {path: /p, flip: false, filter: {group: "*face*", size: 3}, augment: {rotate: {degrees: 5}, cutout: {}}}
        model: {num_class_embeds: 7, options: {width: 8, heads: null, channels: [32, 64, 96], types: [a, b], eps: 1e-6}}
        sampling: {class: 7, options: {s_churn: 40, clip: true, mode: "1"}}
        """, source: "r.yaml")
    #expect(recipe.name == "123")
    #expect(recipe.data.path == "/p" && !recipe.data.flip)
    #expect(recipe.data.filter == ["group": "*face*", "size": "3"])
    #expect(recipe.data.augment == ["rotate": ["degrees": 5], "cutout": [:]])
    #expect(
      recipe.model.options == [
        "width": 8, "heads": .null, "channels": [32, 64, 96], "types": ["a", "b"], "eps": 1e-6,
      ])
    #expect(recipe.model.numClassEmbeds == 7)
    #expect(recipe.sampling.label == "7")
    #expect(recipe.sampling.options == ["s_churn": 40, "clip": true, "mode": .text("1")])
    #expect(try Recipe(yaml: try recipe.yaml(), source: "x") == recipe)
  }

  @Test(arguments: [
    ("trainign:\n  steps: 5", "r.yaml:1: unknown key \"trainign\"; did you mean \"training\"?"),
    (
      "name: x\ntraining:\n  batch: 8\n  setps: 5",
      "r.yaml:4: unknown key \"training.setps\"; did you mean \"training.steps\"?"
    ),
    (
      "learning_rate: 1", "r.yaml:1: unknown key \"learning_rate\"; did you mean \"optimizer.learning_rate\"?"
    ),
    ("steps: 1", "r.yaml:1: unknown key \"steps\"; did you mean \"training.steps\" or \"sampling.steps\"?"),
    (
      "training:\n  batch: many",
      "r.yaml:2: training.batch is many, but must be a whole number from 1 to 65536"
    ),
    ("training:\n  batch: 0", "r.yaml:2: training.batch is 0, but must be a whole number from 1 to 65536"),
    (
      "training:\n  batch: 1.5", "r.yaml:2: training.batch is 1.5, but must be a whole number from 1 to 65536"
    ),
    (
      "training:\n  batch: \"8\"",
      "r.yaml:2: training.batch is \"8\", but must be a whole number from 1 to 65536"
    ),
    (
      "training:\n  batch: [8]", "r.yaml:2: training.batch is [8], but must be a whole number from 1 to 65536"
    ),
    ("training:\n  batch:", "r.yaml:2: training.batch is empty, but must be a whole number from 1 to 65536"),
    ("data:\n  flip: 1", "r.yaml:2: data.flip is 1, but must be true or false"),
    ("data:\n  crop: centre", "r.yaml:2: data.crop is centre, but must be one of: center, random"),
    (
      "optimizer:\n  ema: .nan", "r.yaml:2: optimizer.ema is .nan, but must be a number from 0.0 to 0.9999999"
    ),
    ("optimizer:\n  betas: [0.9]", "r.yaml:2: optimizer.betas is [0.9], but must be a list of 2"),
    (
      "model:\n  options: 5",
      "r.yaml:2: model.options is 5, but must be keys with numbers, flags, text or lists"
    ),
    (
      "model:\n  options: {a: {b: 1}}",
      "r.yaml:2: model.options.a is a section, but must be keys with numbers"
    ),
    ("norm_eps: 1", "did you mean \"model.options.norm_eps\"?"),
    (
      "model: {width: 8}",
      "unknown key \"model.width\"; one of: kind, num_class_embeds, options; what its kind takes stands in model.options"
    ),
    (
      "training: {precision: f64}", "r.yaml:1: training.precision is f64, but must be one of: f32, bf16, f16"
    ),
    (
      "training:\n  loss_scale:\n    initial: 1000",
      "r.yaml:3: training.loss_scale.initial is 1000, but must be a power of two from 1 to 1099511627776"
    ),
    (
      "training: {loss_scale: {minimum: 0.5}}",
      "r.yaml:1: training.loss_scale.minimum is 0.5, but must be a power of two from 1 to 1099511627776"
    ),
    (
      "training: {loss_scale: {growth_interval: 0}}",
      "r.yaml:1: training.loss_scale.growth_interval is 0, but must be a whole number from 1 to 1000000000"
    ),
    (
      "training: {loss_scale: {grwth_interval: 5}}",
      "unknown key \"training.loss_scale.grwth_interval\"; did you mean \"training.loss_scale.growth_interval\"?"
    ),
    (
      "training: {loss_scale: {initial: 4, minimum: 8}}",
      "r.yaml: training.loss_scale.initial (4) must lie between minimum (8) and maximum (16777216)"
    ),
    ("growth_interval: 5", "did you mean \"training.loss_scale.growth_interval\"?"),
    ("training: 5", "r.yaml:1: training is 5, but must be a section with keys"),
    ("- a", "r.yaml:1: the recipe is [a], but must be a section with keys"),
    ("a: [1", "r.yaml:"),
    ("name: x\nname: y", "is there twice"),
    ("training:\n  batch: 1\n  batch: 1", "is there twice"),
    ("name: &a x\ndata: {path: *b}", "r.yaml:2: found undefined alias"),
    (
      "training: {batch: 6, micro_batch: 4}",
      "r.yaml: training.micro_batch (4) must divide training.batch (6)"
    ),
    ("sampling: {sigma_min: 90}", "sampling.sigma_min (90.0) must be below"),
  ])
  func mistakesAreNamed(yaml: String, expected: String) throws {
    let message = try #require(complaint(yaml))
    #expect(message.contains(expected), "\(message)")
    #expect(!message.contains("\n"))
  }

  @Test func overridesWinInOrder() throws {
    let recipe = try Recipe(
      yaml: "training: {batch: 8}", source: "r.yaml",
      overrides: [
        "training.batch=16", "training.batch=64", "name=a=b", "model.options.block_out_channels=[8, 8, 8]",
        "model.options.norm_num_groups=8", "data.filter.group=face-*", "training.seed=9223372036854775807",
      ])
    #expect(recipe.training.batch == 64)
    #expect(recipe.name == "a=b")
    #expect(recipe.data.filter == ["group": "face-*"])
    #expect(recipe.model.options == ["block_out_channels": [8, 8, 8], "norm_num_groups": 8])
    #expect(recipe.training.seed == Int.max)
  }

  @Test(arguments: [
    (
      "training.bach=1",
      "--set training.bach=1: unknown key \"training.bach\"; did you mean \"training.batch\"?"
    ),
    ("training.batch=x", "--set training.batch=x: training.batch is x, but must be a whole number"),
    ("training.batch=", "training.batch is empty"), ("training.batch", "expected key.path=value"),
    ("=1", "expected key.path=value"), ("training.batch.x=1", "training.batch is a section"),
    ("training=5", "training is 5"), (".batch=1", "unknown key \"\""), ("name=[", "--set name=[: "),
  ])
  func badOverridesAreNamed(override: String, expected: String) throws {
    let message = try #require(complaint("", [override]))
    #expect(message.contains(expected), "\(message)")
  }

  @Test func filesThatCannotBeReadAreNamed() {
    for (path, expected) in [("/nowhere/x.yaml", "no such file"), ("/tmp", "it is a folder")] {
      #expect { try Recipe(path: path) } throws: { "\($0)".contains(path) && "\($0)".contains(expected) }
    }
  }

  @Test func endlessTextIsRefused() throws {
    let yaml = "name: " + String(repeating: "x", count: 1 << 20)
    #expect(try #require(complaint(yaml)).contains("longer than 1048576 bytes"))
  }

  @Test func aliasesCannotMultiply() throws {
    var yaml = "a0: &a0 x\n"
    for level in 1...30 { yaml += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
    yaml += "? *a30\n: 1\n"
    #expect(try #require(complaint(yaml)).contains("more than 16 aliases"))
    #expect(try Recipe(yaml: "data: {filter: &f {group: 'face-*'}}", source: "r").data.filter.count == 1)
  }

  /// Every prefix and a change of every byte of a recipe: an error with one line, or a recipe.
  @Test func damagedRecipesAreErrorsOrRecipes() throws {
    let bytes = try Array(Data(contentsOf: Self.recipesFolder.appending(path: "mnist.yaml")))
    for index in bytes.indices {
      var changed = bytes
      changed[index] ^= UInt8(1 << (index % 7))
      for text in [bytes.prefix(index), changed[...]] {
        guard let text = String(validating: text, as: UTF8.self), let message = complaint(text) else {
          continue
        }
        #expect(message.hasPrefix("r.yaml") && !message.contains("\n"), "\(message)")
      }
    }
  }

  /// Recipes of before options stood under `options`, and runs' own with every key of theirs.
  @Test func keysThatMovedAreReadWithANote() throws {
    var notes: [String] = []
    let recipe = try Recipe(
      yaml: """
        model: {block_out_channels: [8, 16], mid_block_type: null, dropout: 0.0, norm_num_groups: 32}
        objective: {kind: edm, p_mean: -0.5, p_std: 1.2}
        optimizer: {betas: [0, 0.999], final_beta2: null, eps: 1e-06}
        """, source: "r.yaml", overrides: ["model.dropout=0.5", "model.dropout=0"], note: { notes.append($0) }
    )
    #expect(recipe.model.options == ["block_out_channels": [8, 16], "mid_block_type": .null])
    #expect(recipe.objective.options == ["log_mean": -0.5])
    #expect(recipe.optimizer.options == ["beta1": 0, "eps": 1e-6])
    #expect(notes.count == 5)
    #expect(
      notes[2]
        == "r.yaml: write optimizer.betas, optimizer.final_beta2, optimizer.eps under optimizer.options; what stands "
        + "beside it is read for one more version")
    #expect(notes[3].hasPrefix("--set model.dropout=0.5: write model.dropout under model.options"))
    var none: [String] = []
    #expect(try Recipe(yaml: recipe.yaml(), source: "r.yaml", note: { none.append($0) }) == recipe)
    #expect(none.isEmpty)
  }
}
