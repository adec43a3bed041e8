import Foundation
import SfumatoImages
import SfumatoJSON
import Testing

/// Training and sampling by the built program, with a model of two thousand parameters.
@Suite struct TrainTests {
  static let emoji = URL(filePath: #filePath).deletingLastPathComponent().appending(
    path: "../../Samples/data/emoji-32.tar"
  ).standardizedFileURL.path

  static let recipe = """
    name: tiny
    data: {path: "\(emoji)", resolution: 8, label: subgroup, filter: {subgroup: face-smiling|face-hat}}
    model:
      options:
        block_out_channels: [4, 8]
        layers_per_block: 1
        down_block_types: [DownBlock2D, AttnDownBlock2D]
        up_block_types: [AttnUpBlock2D, UpBlock2D]
        norm_num_groups: 2
        attention_head_dim: 4
    training: {steps: 4, batch: 4, log_every: 2, sample_every: 4, checkpoint_every: 2, keep_checkpoints: 9}
    sampling: {count: 3, steps: 3}
    backend: fftw
    """

  /// Runs `body` with a folder that holds `recipe.yaml`.
  private func withRecipe(_ body: (_ root: String, _ recipe: String) throws -> Void) throws {
    try withTemporaryFolder { root in
      let path = root + "/recipe.yaml"
      try Self.recipe.write(toFile: path, atomically: true, encoding: .utf8)
      try body(root, path)
    }
  }

  private func logLineCount(_ run: String) -> Int {
    (try? String(contentsOfFile: run + "/log.jsonl", encoding: .utf8))?.split(separator: "\n").count ?? 0
  }

  private func bytes(_ path: String) throws -> Data { try Data(contentsOf: URL(filePath: path)) }

  @Test func aRunCanBeSampledAndRepeated() throws {
    try withRecipe { root, recipe in
      let run = root + "/run"
      let training = try Program(["train", recipe, "--out", run])
      #expect(training.exitCode == 0, "\(training.errors)")
      #expect(training.output.isEmpty && training.errors.contains("train: 4/4"))
      for path in ["config.yaml", "log.jsonl", "checkpoints/step-2/ema.safetensors", "samples/step-4.png"] {
        #expect(FileManager.default.fileExists(atPath: run + "/" + path), "\(path)")
      }

      let sample = ["sample", run, "--seed", "3", "--class", "face-hat", "--guidance", "2"]
      for name in ["a", "b"] {
        let sampling = try Program(
          sample + ["--out", "\(root)/\(name).png", "--trajectory", "\(root)/\(name)-way.apng"])
        #expect(sampling.exitCode == 0, "\(sampling.errors)")
        #expect(sampling.output == "\(root)/\(name).png\n\(root)/\(name)-way.apng\n")
      }
      let png = try bytes(root + "/a.png")
      #expect(try png == bytes(root + "/b.png"))
      #expect(try bytes(root + "/a-way.apng") == bytes(root + "/b-way.apng"))
      let text = try #require(PNGText.texts(in: Array(png)).first { $0.keyword == "parameters" }).text
      for part in [
        "Steps: 3", "Sampler: heun", "CFG scale: 2.0", "Seed: 3-5", "Size: 8x8", "Model hash: ",
        "Class: face-hat",
      ] {
        #expect(text.contains(part), "\(text)")
      }

      let told = try Program(
        [
          "sample", run, "--seed", "3", "--condition", "class=face-hat", "--guidance", "2", "--out",
          root + "/c.png",
        ])
      #expect(try told.exitCode == 0 && bytes(root + "/c.png") == png, "\(told.errors)")
      for (words, message) in [
        ("class=face-hut", "there is no class \"face-hut\"; did you mean \"face-hat\"?"),
        ("clas=1", "clas: this model is not trained with it; did you mean \"class\"?"),
        ("class", "--condition is 'class', but must be name=value"),
      ] {
        let wrong = try Program(["sample", run, "--condition", words, "--out", root + "/d.png"])
        #expect(wrong.exitCode == 2 && wrong.errors.contains(message), "\(wrong.errors)")
      }

      let single = try Program([
        "sample", run, "--seeds", "7,9-10", "--single", "--out", root + "/single", "--json",
      ])
      let lines = try single.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      #expect(lines.compactMap { $0["path"]?.string } == [7, 9, 10].map { "\(root)/single/seed-\($0).png" })
      #expect(
        lines.first?["conditions"] == [
          ["class": "face-hat"], ["class": "face-smiling"], ["class": "face-hat"],
        ])
      #expect(single.errors.isEmpty)
    }
  }

  @Test func anInterruptedRunResumesToTheSameBits() throws {
    try withRecipe { root, recipe in
      let arguments = ["train", recipe, "--set", "training.log_every=1", "--steps", "400"]
      let (cut, whole) = (root + "/cut", root + "/whole")
      // What is measured for one is remembered for the other.
      let shared = ["SFUMATO_CACHE": root + "/cache"]
      let interrupted = try Program(arguments + ["--out", cut], environment: shared, signal: SIGINT) {
        logLineCount(cut) > 5
      }
      #expect(interrupted.exitCode == 75, "\(interrupted.errors)")
      #expect(interrupted.errors.contains("go on with --resume"))
      let state = try JSONValue(parsing: try Program(["inspect", cut, "--json"]).output)
      let step = try #require(state["step"]?.integer)
      #expect(step > 5 && step < 400)

      let last = ["--steps", String(step + 3), "--quiet"]
      let resumed = try Program(["train", cut, "--resume"] + last, environment: shared)
      #expect(resumed.exitCode == 0 && resumed.errors.isEmpty, "\(resumed.errors)")
      let other = ["train", recipe, "--set", "training.log_every=1", "--out", whole]
      #expect(try Program(other + last, environment: shared).exitCode == 0)
      for file in ["model", "ema", "optimizer"].map({ "/checkpoints/step-\(step + 3)/\($0).safetensors" }) {
        #expect(try bytes(cut + file) == bytes(whole + file), "\(file)")
      }
    }
  }

  /// Checkpoints are saved all the time here, so most kills hit one being saved.
  @Test func aKilledRunLosesNoCheckpoint() throws {
    try withRecipe { root, recipe in
      let run = root + "/run"
      let often = ["--set", "training.log_every=1", "--set", "training.checkpoint_every=1"]
      var arguments = ["train", recipe] + often
      var step = 0
      for _ in 0..<6 {
        let program = try Program(arguments + ["--out", run, "--steps", "100000"], signal: SIGKILL) {
          logLineCount(run) > step + 4
        }
        #expect(program.exitCode == -SIGKILL, "\(program.errors)")
        let inspected = try Program(["inspect", run, "--json"])
        #expect(inspected.exitCode == 0, "\(inspected.errors)")
        let saved = try #require(try JSONValue(parsing: inspected.output)["step"]?.integer)
        #expect(saved >= step + 3)
        step = saved
        arguments = ["train", recipe, "--resume"] + often
      }
      #expect(try Program(arguments + ["--out", run, "--steps", String(step + 1)]).exitCode == 0)
      let names = try FileManager.default.contentsOfDirectory(atPath: run + "/checkpoints")
      #expect(names.allSatisfy { $0.hasPrefix("step-") }, "\(names)")
      #expect(logLineCount(run) == step + 1)
    }
  }

  @Test func aDryRunWritesNothing() throws {
    try withRecipe { root, recipe in
      let arguments = [
        "train", recipe, "--out", root + "/run", "--dry-run", "--dump-program", root + "/program.txt",
      ]
      let text = try Program(arguments)
      #expect(text.exitCode == 0, "\(text.errors)")
      for part in ["parameters", "operations traced", "planned", "fftw", "a step"] {
        #expect(text.output.contains(part), "\(part)")
      }
      let json = try JSONValue(parsing: try Program(arguments + ["--json"]).output)
      #expect(json["parameters"]?.integer ?? 0 > 1000 && json["seconds_a_step"]?.number ?? 0 > 0)
      #expect(try String(contentsOfFile: root + "/program.txt", encoding: .utf8).contains("conv"))
      #expect(!FileManager.default.fileExists(atPath: root + "/run"))
    }
  }

  @Test func jsonReportsEveryEvent() throws {
    try withRecipe { root, recipe in
      let program = try Program(["train", recipe, "--out", root + "/run", "--json"])
      let events = try program.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      #expect(
        events.compactMap { $0["event"]?.string } == [
          "started", "logged", "logged", "checkpoint_saved", "logged", "sample_written", "checkpoint_saved",
          "finished",
        ])
      #expect(events.last?["step"] == 4 && events.last?["interrupted"] == false)
      #expect(program.errors.isEmpty)
    }
  }

  @Test func mistakesAreOneLineEach() throws {
    try withRecipe { root, recipe in
      let run = root + "/run"
      #expect(try Program(["train", recipe, "--out", run, "--steps", "1", "--quiet"]).exitCode == 0)
      try FileManager.default.createDirectory(
        atPath: root + "/empty/checkpoints", withIntermediateDirectories: true)
      let cases: [([String], Int32, String)] = [
        (["train", recipe, "--out", run], 2, "--resume"),
        (["train", recipe, "--resume", "--out", root + "/none"], 3, "no complete checkpoint"),
        (["train", run, "--resume", "--out", root + "/none"], 2, "leave --out out"),
        (
          ["train", recipe, "--resume", "--out", run, "--set", "model.options.layers_per_block=2"], 2,
          "layers_per_block"
        ),
        (["train", recipe, "--set", "training.bach=2"], 2, "did you mean \"training.batch\"?"),
        (["train", recipe, "--batch", "0"], 2, "training.batch is 0"),
        (
          ["train", recipe, "--out", root + "/y", "--set", "data.augment={translat: {pixels: 2}}"], 2,
          "did you mean \"translate\"?"
        ),
        (
          ["train", recipe, "--out", root + "/y", "--set", "model.options={width: 8}"], 2,
          "model \"unet2d\" has no option \"width\""
        ),
        (
          ["train", recipe, "--out", root + "/y", "--set", "model.options.layers_per_block=many"], 2,
          "option \"layers_per_block\" of model \"unet2d\" is \"many\", but must be a whole number from 1 to 64"
        ),
        (
          ["train", recipe, "--set", "data.resolution=9"], 2,
          "data.resolution is 9, but 2 levels need a multiple of 2"
        ),
        (["train", recipe, "--set", "model.options.block_out_channels=[4, 4, 4]"], 2, "must have as many"),
        (["train", recipe, "--backend", "fttw"], 2, "did you mean \"fftw\"?"),
        (["train", recipe, "--device", "9"], 4, "there is no device 9"),
        (["train", recipe, "--data", "/nowhere"], 3, "/nowhere"),
        (["train", recipe, "--out", "/proc/nowhere"], 3, "/proc/nowhere"),
        (["train", recipe, "--out", root + "/x", "--set", "objective.kind=edn"], 2, "did you mean \"edm\"?"),
        (
          ["train", recipe, "--precision", "f64"], 2,
          "training.precision is f64, but must be one of: f32, bf16, f16"
        ),
        (
          ["train", recipe, "--precision", "f16", "--set", "training.loss_scale.initial=1000"], 2,
          "training.loss_scale.initial is 1000, but must be a power of two from 1 to 1099511627776"
        ),
        (["bench", "train", "--precision", "f64"], 2, "must be one of: f32, bf16, f16"),
        (["train"], 2, "<recipe>"), (["train", "/nowhere.yaml"], 2, "/nowhere.yaml"),
        (
          ["train", recipe, "--out", root + "/y", "--set", "sampling.options.s_chrn=1"], 2,
          "sampler \"heun\" has no option \"s_chrn\""
        ),
        (["train", recipe, "--dry-run", "--set", "sampling.sampler=huen"], 2, "did you mean \"heun\"?"),
        (["train", recipe, "--dry-run", "--set", "sampling.truncation=0.5"], 2, "truncation"),
        (
          ["train", recipe, "--dry-run", "--set", "sampling.class=face-hut"], 2, "did you mean \"face-hat\"?"
        ),
        (["train", recipe, "--dry-run", "--set", "sampling.class=2"], 2, "there is no class \"2\""),
        (["sample", root + "/empty"], 3, "no complete checkpoint"),
        (["sample", run, "--sampler", "hein"], 2, "did you mean \"heun\"?"),
        (["sample", run, "--class", "face-hut"], 2, "did you mean \"face-hat\"?"),
        (["sample", run, "--option", "s_chrn=1"], 2, "did you mean \"s_churn\"?"),
        (["sample", run, "--option", "s_churn"], 2, "key=value"),
        (["sample", run, "--count", "0"], 2, "--count"),
        (["sample", run, "--seeds", "5-1"], 2, "'5-1' is invalid"), (["sample", "/nowhere"], 3, "/nowhere"),
        (["sample", run, "--out", "/proc/nowhere/x.png"], 3, "/proc/nowhere"),
      ]
      for (arguments, code, message) in cases {
        let program = try Program(arguments)
        let errors = program.errors.split(separator: "\n").filter { !$0.hasPrefix("sample: ") }
        #expect(program.exitCode == code, "\(arguments): \(program.errors)")
        #expect(
          errors.count == 1 && errors[0].hasPrefix("error: ") && errors[0].contains(message), "\(errors)")
      }
    }
  }

  @Test func aDamagedCheckpointIsNamed() throws {
    try withRecipe { root, recipe in
      let run = root + "/run"
      #expect(try Program(["train", recipe, "--out", run, "--steps", "1", "--quiet"]).exitCode == 0)
      let path = run + "/checkpoints/step-1/ema.safetensors"
      var changed = try bytes(path)
      changed[20] ^= 0x40
      try changed.write(to: URL(filePath: path))
      let program = try Program(["sample", run])
      #expect(
        program.exitCode == 3 && program.hasOneError && program.errors.contains(path), "\(program.errors)")
    }
  }
}
