import Foundation
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoJSON
import SfumatoTraining
import Testing

@Suite struct InspectTests {
  private func makeRun(_ path: String) throws -> RunFolder {
    let run = RunFolder(path: path)
    try run.create()
    try run.write(configuration: Recipe(yaml: "name: tiny", source: "test"))
    let weights = Safetensors(tensors: [
      StoredTensor(name: "conv.weight", shape: [40, 30], floats: .init(repeating: 1, count: 1200)),
      StoredTensor(name: "conv.bias", shape: [40], floats: .init(repeating: 1, count: 40)),
    ])
    for step in [5, 10] {
      let checkpoint = Checkpoint(step: step, parts: ["model": weights, "ema": weights], state: ["seed": 7])
      try run.checkpoints.save(checkpoint)
    }
    return run
  }

  @Test func runsAndCheckpointsAreDescribed() throws {
    try withTemporaryFolder { root in
      let run = try makeRun(root + "/run")
      for path in [run.path, run.checkpoints.path(step: 10)] {
        let program = try Program(["inspect", path, "--tensors"])
        #expect(program.exitCode == 0, "\(program.errors)")
        for part in [
          "step", "10", "1,240", "2 tensors, 1,240 numbers (F32)", "conv.weight", "[40, 30]", "name: tiny",
        ] {
          #expect(program.output.contains(part), "\(part)")
        }
        let json = try JSONValue(parsing: try Program(["inspect", path, "--json"]).output)
        #expect(json["step"] == 10 && json["parameters"] == 1240 && json["state"]?["seed"] == 7)
        #expect(json["tensors"]?.array?.count == 4)
      }
      #expect(
        try JSONValue(parsing: try Program(["inspect", run.path, "--json"]).output)["checkpoints"] == [5, 10])
    }
  }

  @Test func filesAndDiffusersFoldersAreDescribed() throws {
    try withTemporaryFolder { root in
      let weights = Safetensors(tensors: [StoredTensor(name: "a", shape: [3], floats: [1, 2, 3])])
      let model = DiffusersFolder(unet: ["_class_name": "UNet2DModel"], scheduler: [:], weights: weights)
      try model.write(path: root + "/m")
      let folder = try JSONValue(parsing: try Program(["inspect", root + "/m", "--json"]).output)
      #expect(folder["kind"] == "diffusers" && folder["parameters"] == 3)
      let file = root + "/m/unet/diffusion_pytorch_model.safetensors"
      let json = try JSONValue(parsing: try Program(["inspect", file, "--json"]).output)
      #expect(json["kind"] == "safetensors" && json["parameters"] == 3)
    }
  }

  @Test func damageIsAnError() throws {
    try withTemporaryFolder { root in
      let run = try makeRun(root + "/run")
      for step in [5, 10] { truncate(run.checkpoints.path(step: step) + "/ema.safetensors", 100) }
      let program = try Program(["inspect", run.path])
      #expect(program.exitCode == 3 && program.hasOneError)
      #expect(program.errors.contains("no complete checkpoint") && program.errors.contains("step-10"))
    }
  }
}
