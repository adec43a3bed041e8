import SfumatoJSON
import Testing

@testable import SfumatoCheckpoint

@Suite struct DiffusersFolderTests {
  static let model = DiffusersFolder(
    unet: [
      "sample_size": 32, "_class_name": "UNet2DModel", "norm_eps": 1e-05, "_diffusers_version": "0.30.0",
    ],
    scheduler: ["_class_name": "DDPMScheduler", "trained_betas": nil],
    weights: Safetensors(tensors: [StoredTensor(name: "conv_in.bias", shape: [2], floats: [1, 2])]))

  private func text(_ path: String) throws -> String {
    String(decoding: try PosixFileSystem().contents(of: path), as: UTF8.self)
  }

  @Test func roundTrips() throws {
    try withTemporaryFolder { root in
      try Self.model.write(path: root + "/m")
      #expect(DiffusersFolder.recognizes(root + "/m") && !DiffusersFolder.recognizes(root))
      #expect(try DiffusersFolder(path: root + "/m") == Self.model)
      #expect(
        try text(root + "/m/unet/config.json")
          == "{\n  \"_class_name\": \"UNet2DModel\",\n  \"_diffusers_version\": \"0.30.0\",\n"
          + "  \"norm_eps\": 1e-05,\n  \"sample_size\": 32\n}\n")
      let index = try JSONValue(parsing: try text(root + "/m/model_index.json"))
      #expect(index["unet"] == ["diffusers", "UNet2DModel"])
      #expect(index["scheduler"] == ["diffusers", "DDPMScheduler"])
      let bare = try DiffusersFolder(path: root + "/m/unet")
      #expect(bare.scheduler == nil && bare.weights == Self.model.weights)
    }
  }

  @Test func joinsShards() throws {
    try withTemporaryFolder { root in
      for (shard, name) in [("a", "x"), ("b", "y")] {
        let tensor = StoredTensor(name: name, shape: [1], floats: [0])
        try Safetensors(tensors: [tensor]).write(path: "\(root)/\(shard).safetensors")
      }
      let files = PosixFileSystem()
      try files.publish(Array("{}".utf8), to: root + "/config.json")
      let index = root + "/diffusion_pytorch_model.safetensors.index.json"
      try files.publish(
        Array("{\"weight_map\": {\"y\": \"b.safetensors\", \"x\": \"a.safetensors\"}}".utf8), to: index)
      #expect(try DiffusersFolder(path: root).weights.tensors.map(\.name) == ["x", "y"])
      try files.publish(Array("{\"weight_map\": {\"y\": \"../b.safetensors\"}}".utf8), to: index)
      #expect(throws: CheckpointError.badJSON(path: index, detail: "a shard outside of the folder")) {
        try DiffusersFolder(path: root)
      }
    }
  }

  @Test func namesWhatIsWrong() throws {
    try withTemporaryFolder { root in
      let files = PosixFileSystem()
      try files.publish(Array("[1]".utf8), to: root + "/config.json")
      #expect(
        throws: CheckpointError.badJSON(
          path: root + "/config.json", detail: "expected an object, found an array")
      ) { try DiffusersFolder(path: root) }
      try files.publish(Array("{\"a\":1,\"a\":2}".utf8), to: root + "/config.json")
      #expect { try DiffusersFolder(path: root) } throws: { "\($0)".contains("duplicate key \"a\"") }
      try files.publish(Array("{}".utf8), to: root + "/config.json")
      #expect { try DiffusersFolder(path: root) } throws: { "\($0)".contains("No such file") }
    }
  }
}
