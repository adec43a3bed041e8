import Foundation
import Sfumato
import SfumatoJSON
import Testing

/// `sfumato bench` as users run it, on the CPU.
@Suite struct BenchTests {
  static let tiny = [
    "--backend", "fftw", "--threads", "1", "--set", "data.resolution=8", "--set", "training.batch=2",
    "--set", "model.options.block_out_channels=[8, 8, 8]", "--set", "model.options.norm_num_groups=2",
  ]

  @Test func trainingIsOneObject() throws {
    try withTemporaryFolder { root in
      let program = try Program(
        [
          "bench", "train", "--steps", "2", "--convolution", "fourier", "--json", "--profile", "--trace",
          root + "/t.json",
        ] + Self.tiny)
      #expect(program.exitCode == 0 && program.errors.isEmpty, "\(program.errors)")
      let json = try JSONValue(parsing: program.output)
      #expect(json["benchmark"] == "train" && json["backend"] == "fftw" && json["batch"] == 2)
      #expect(json["driver"]?.string?.hasSuffix(", 1 thread") == true)
      #expect(json["resolution"] == 8 && json["seconds"]?.array?.count == 2)
      for key in [
        "parameters", "median", "fastest", "slowest", "images_per_second", "multiply_adds", "gigaflops",
        "first_step", "start_to_first_step", "planned_bytes", "peak_bytes", "loss",
      ] {
        #expect((json[key]?.number ?? 0) > 0, "\(key)")
      }
      for key in ["operations", "methods", "longest"] {
        let first = try #require(json[key]?.array?.first, "\(key)")
        for field in ["kernels", "seconds", "share"] {
          #expect((first[field]?.number ?? 0) > 0, "\(key).\(field)")
        }
      }
      let ways = json["methods"]?.array?.filter { $0["operation"] == "conv" }.map { $0["method"]?.string }
      let isFourier = ways?.contains { $0?.hasPrefix("fourier ") == true } == true
      #expect(isFourier && ways?.contains("winograd") == false, "\(ways ?? [])")
      let trace = try JSONValue(parsing: String(contentsOfFile: root + "/t.json", encoding: .utf8))
      #expect((trace["traceEvents"]?.array?.count ?? 0) > 100)
    }
  }

  @Test func measurementsAreRememberedUnlessSwitchedOff() throws {
    try withTemporaryFolder { root in
      let arguments = ["bench", "train", "--steps", "1"] + Self.tiny
      let cache = root + "/cache"
      let plain = try Program(
        arguments + ["--convolution", "cheapest"], environment: ["SFUMATO_CACHE": cache])
      #expect(plain.exitCode == 0 && !FileManager.default.fileExists(atPath: cache), "\(plain.errors)")
      let program = try Program(arguments, environment: ["SFUMATO_CACHE": cache])
      #expect(program.exitCode == 0 && program.errors.isEmpty, "\(program.errors)")
      let file = try #require(FileManager.default.contents(atPath: cache + "/fftw.json"))
      #expect(try JSONValue(parsing: file)["machines"]?.object?.keys.count == 1)
    }
  }

  @Test func trainingIsSaidToPeople() throws {
    let program = try Program(["bench", "train", "--steps", "1", "--profile"] + Self.tiny)
    #expect(program.exitCode == 0 && program.errors.isEmpty, "\(program.errors)")
    for part in [
      "device ", "2 images of 8×8", "images a second", "GFLOP/s", "MiB planned", "Operations of a step:",
      "And how they are computed:", "The longest kernels:", "_blocks.",
    ] {
      #expect(program.output.contains(part), "\(part)")
    }
  }

  @Test func samplingIsTimed() throws {
    let arguments = ["bench", "sample", "--count", "2", "--steps", "2", "--rounds", "1"] + Self.tiny
    let json = try JSONValue(parsing: try Program(arguments + ["--json"]).output)
    #expect(json["benchmark"] == "sample" && json["sampler"] == "heun" && json["evaluations"] == 3)
    #expect(json["count"] == 2 && (json["images_per_second"]?.number ?? 0) > 0 && json["longest"] == nil)
    let text = try Program(arguments)
    #expect(text.exitCode == 0 && text.output.contains("2 steps of heun, 3 evaluations of the network"))
  }

  @Test func operationsAreTimed() throws {
    let arguments = [
      "bench", "ops", "--backend", "fftw", "--threads", "1", "--layers", "8@8,4-8@8k1", "--batch", "2",
      "--op",
      "conv", "--op", "adamw", "--steps", "1",
    ]
    let json = try JSONValue(parsing: try Program(arguments + ["--json"]).output)
    #expect(json["benchmark"] == "ops" && json["batch"] == 2 && json["samples"] == 1)
    let operations = try #require(json["operations"]?.array)
    #expect(
      operations.map { $0["detail"] } == Array(repeating: "8@8", count: 3)
        + Array(repeating: "4-8@8k1", count: 3) + ["1M parameters"])
    #expect(operations[0]["flops"] == .integer(2 * 2 * 64 * 9 * 8 * 8))
    let ways = try #require(operations[0]["ways"]?.array)
    #expect(ways.first?["way"] == "chosen" && ways.contains { $0["way"] == "fourier" })
    for way in ways {
      let seconds = way["median"]?.number ?? 0, rate = way["gigaflops"]?.number ?? 0
      #expect(abs(rate * seconds * 1e9 / (2 * 2 * 64 * 9 * 8 * 8) - 1) < 1e-6)
    }
    let text = try Program(arguments)
    #expect(text.exitCode == 0 && text.output.contains("winograd ms"))
  }

  /// Products of one's own, in a precision of one's own.
  @Test func productsAreTimed() throws {
    let arguments = [
      "bench", "ops", "--backend", "fftw", "--threads", "1", "--products", "8x16x4,3x5x7", "--op", "matmul",
      "--steps", "1", "--json",
    ]
    let plain = try JSONValue(parsing: try Program(arguments).output)
    let narrow = try JSONValue(parsing: try Program(arguments + ["--precision", "bf16"]).output)
    #expect(plain["precision"] == "f32" && narrow["precision"] == "bf16")
    for json in [plain, narrow] {
      let operations = try #require(json["operations"]?.array)
      #expect(operations.map { $0["detail"] } == ["8×16×4", "3×5×7"])
      #expect(operations.map { $0["flops"] } == [.integer(2 * 8 * 16 * 4), .integer(2 * 3 * 5 * 7)])
    }
  }

  @Test(arguments: [
    (["train", "--recipe", "/nowhere/x.yaml"], 2, "there is no such file"),
    (["train", "--steps", "0"], 2, "--steps is 0, but must be at least 1"),
    (["train", "--set", "training.bath=2"], 2, "training.bath"),
    (["train", "--backend", "fftv"], 2, "no backend \"fftv\"; did you mean \"fftw\"?"),
    (["train", "--threads", "0"], 2, "--threads is 0, but must be from 1 to 1024"),
    (
      ["train", "--backend", "oracle", "--threads", "2"], 2,
      "--threads: it cannot be told; leave out --threads"
    ),
    (["train", "--backend", "fftw", "--device", "3"], 4, "there is no device 3"),
    (["sample", "--sampler", "hein", "--backend", "fftw"], 2, "did you mean \"heun\"?"),
    (
      ["sample", "--backend", "fftw", "--convolution", "fast"], 2,
      "there is no convolution algorithm \"fast\"; there are tiles, "
    ),
    (["train", "--backend", "oracle", "--convolution", "tiles"], 2, "--convolution: it cannot be told"),
    (["sample", "--count", "0"], 2, "--count is 0, but must be at least 1"),
    (["ops", "--products", "8x8"], 2, "product \"8x8\""),
    (["ops", "--precision", "f64"], 2, "f64"),
    (["ops", "--layers", "64@"], 2, "layer \"64@\": \"\" does not begin with a size"),
    (["ops", "--layers", "64@8,"], 2, "layer \"\": there must be one @ in it"),
    (["ops", "--op", "foo", "--backend", "fftw"], 2, "no operation \"foo\" is timed"),
  ])
  func badInputIsOneLine(arguments: [String], code: Int, message: String) throws {
    let program = try Program(["bench"] + arguments)
    #expect(program.exitCode == code && program.hasOneError, "\(program)")
    #expect(program.errors.contains(message), "\(program.errors)")
  }

  private static var hasVulkan: Bool {
    (try? Backends.registry.entry("vulkan").backend.devices().isEmpty) == false
  }

  @Test(.enabled(if: hasVulkan, "no Vulkan device was found"))
  func aVulkanDeviceTellsWhereTheTimeGoes() throws {
    try withTemporaryFolder { root in
      let tiny =
        ["--backend", "vulkan"] + Self.tiny.filter { !["--backend", "fftw", "--threads", "1"].contains($0) }
      let profile = ["--profile", "--trace", root + "/t.json"]
      for arguments in [
        ["train", "--steps", "1"], ["sample", "--count", "2", "--steps", "2", "--rounds", "1"],
      ] {
        let program = try Program(["bench"] + arguments + profile + ["--json"] + tiny)
        #expect(program.exitCode == 0 && program.errors.isEmpty, "\(program.errors)")
        let json = try JSONValue(parsing: program.output)
        let names = try #require(json["operations"]?.array).compactMap { $0["operation"]?.string }
        #expect(Set(["conv", "groupNorm", "pointwise", "copy"]).isSubset(of: names), "\(names)")
        #expect(
          json["methods"]?.array?.contains { $0["method"]?.string?.contains("conv_forward") == true } == true
        )
        let share = json["operations"]?.array?.reduce(0) { $0 + ($1["share"]?.number ?? 0) } ?? 0
        #expect(abs(share - 1) < 1e-6)
        let trace = try JSONValue(parsing: String(contentsOfFile: root + "/t.json", encoding: .utf8))
        #expect((trace["traceEvents"]?.array?.count ?? 0) > 50)
      }
      let text = try Program(["bench", "train", "--steps", "1"] + tiny)
      #expect(
        text.output.contains("Operations of a step:") && !text.output.contains("CPU ms"), "\(text.output)")
    }
  }

  @Test func aProfileThatIsNotThereIsRefused() throws {
    let program = try Program(
      [
        "bench", "train", "--profile", "--backend", "oracle", "--set", "data.resolution=4", "--set",
        "training.batch=1", "--set", "model.options.block_out_channels=[2, 2, 2]", "--set",
        "model.options.norm_num_groups=1",
        "--set", "model.options.attention_head_dim=2",
      ])
    #expect(program.exitCode == 2 && program.hasOneError && program.output.isEmpty)
    #expect(program.errors.contains("it has no times of single kernels yet"), "\(program.errors)")
  }
}
