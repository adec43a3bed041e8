import SfumatoBackend
import SfumatoBenchmark
import SfumatoConfiguration
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoNN
import SfumatoOracle
import Testing

/// What the benchmarks say of what they timed.
@Suite struct BenchmarkTests {
  /// A U-Net of two levels on images of 8×8.
  private static let recipe: Recipe = {
    var recipe = Recipe.benchmark
    recipe.data.resolution = 8
    recipe.model.options["block_out_channels"] = [4, 8]
    recipe.model.options["down_block_types"] = ["DownBlock2D", "AttnDownBlock2D"]
    recipe.model.options["up_block_types"] = ["AttnUpBlock2D", "UpBlock2D"]
    recipe.model.options["norm_num_groups"] = 2
    recipe.model.options["attention_head_dim"] = 4
    recipe.training.batch = 2
    return recipe
  }()

  @Test func productsInRegionsCount() throws {
    let graph = GraphBuilder()
    let q = try graph.input("q", .f32, [2, 5, 12]), k = try graph.input("k", .f32, [2, 7, 12])
    try graph.output("y", q.attention(keys: k, values: k, heads: 3))
    // Scores and the weighted sum: each 2 images of 3 heads, 5 × 7, 4 features.
    #expect(try graph.finish().multiplyAdds == 2 * (2 * 3 * 5 * 7 * 4))
  }

  @Test func trainingIsTimed() throws {
    let device = try FFTWBackend(options: .init(threads: 1)).open(0)
    let result = try TrainingBenchmark(Self.recipe, steps: 4).run(on: device)
    #expect(result.times.seconds.count == 4 && result.times.fastest > 0)
    #expect(result.times.fastest <= result.times.median && result.times.median <= result.times.slowest)
    #expect(result.firstStep > result.times.fastest)
    #expect((result.startToFirstStep ?? 0) > 0 && (result.peakByteCount ?? 0) > result.plannedByteCount)
    let profile = try #require(result.profile)
    #expect(profile.operations.contains { $0.operation == "conv" })
    #expect(abs(profile.operations.reduce(0) { $0 + $1.share } - 1) < 1e-9)
    // The kernels compute all products that the step is credited with.
    #expect(profile.operations.reduce(0) { $0 + $1.multiplyAdds } == result.multiplyAdds)
    #expect(result.loss.isFinite && result.loss > 0)
    #expect(abs(result.gigaflops * result.times.median * 1e9 / Double(result.multiplyAdds) - 2) < 1e-9)
    #expect(abs(result.imagesPerSecond * result.times.median - 2) < 1e-9)
  }

  /// With micro-batches the same loss and the same products, in more kernels.
  @Test func microBatchesAreTimed() throws {
    let device = try FFTWBackend(options: .init(threads: 1)).open(0)
    var recipe = Self.recipe
    let whole = try TrainingBenchmark(recipe, steps: 1).run(on: device)
    recipe.training.microBatch = 1
    let cut = try TrainingBenchmark(recipe, steps: 1).run(on: device)
    #expect(abs(whole.loss - cut.loss) < 1e-4 * whole.loss)
    func convolutions(_ result: TrainingBenchmark.Result) -> Int {
      result.profile?.operations.first { $0.operation == "conv" }?.count ?? 0
    }
    #expect(convolutions(cut) == 2 * convolutions(whole))
    #expect(cut.profile?.operations.reduce(0) { $0 + $1.multiplyAdds } == cut.multiplyAdds)
  }

  @Test func samplingIsTimed() throws {
    let device = try FFTWBackend(options: .init(threads: 1)).open(0)
    var recipe = Self.recipe
    recipe.sampling.steps = 3
    let result = try SamplingBenchmark(recipe, count: 5, batch: 2, rounds: 2).run(on: device)
    #expect(result.sampler == "heun" && result.samplerSteps == 3 && result.times.seconds.count == 2)
    // Heun's method evaluates twice in every step but the last; there are three batches.
    #expect(result.evaluations == 3 * 5)
    #expect(result.count == 5 && result.batch == 2 && result.multiplyAdds > 0 && result.profile != nil)
  }

  @Test func aProfileThatIsNotThereIsRefused() throws {
    let device = try OracleBackend().open(0)
    var recipe = Self.recipe
    recipe.model.options["layers_per_block"] = 1
    #expect {
      try TrainingBenchmark(recipe, steps: 1).run(on: device, profileIsWanted: true)
    } throws: {
      "\($0)".contains("backend oracle: profile: it has no times of single kernels")
    }
    #expect(try TrainingBenchmark(recipe, steps: 1).run(on: device).profile == nil)
  }

  @Test func everyWayIsTimed() throws {
    let layers = [ConvolutionLayer(inChannels: 8, outChannels: 8, size: 8)]
    let benchmark = try OperationBenchmark(
      FFTWBackend(options: .init(threads: 1)), layers: layers, batch: 2, operations: ["conv"], samples: 2,
      measuresErrors: true)
    #expect(benchmark.count == 3)
    let results = try benchmark.run()
    #expect(results.map(\.operation) == ["conv", "convGradInput", "convGradWeight"])
    for result in results {
      #expect(result.operations == 2 * (2 * 64 * 9 * 8 * 8))
      #expect(result.timings.count >= 4 && result.timings[0].way == nil)
      let same = result.timings.first { $0.way != nil && $0.method == result.chosen?.method }
      #expect(same != nil && same?.error == result.chosen?.error)
      let direct = try #require(result.directError)
      #expect((1e-8..<1e-6).contains(direct) && (result.chosen?.error ?? 1) < 10 * direct, "\(direct)")
      for timing in result.timings {
        #expect(timing.median > 0 && timing.fastest <= timing.median && timing.median <= timing.slowest)
        if let way = timing.way { #expect(timing.method?.hasPrefix(way) == true) }
        // Neither exact nor wrong.
        #expect((1e-9..<1e-5).contains(timing.error ?? 0), "\(timing)")
      }
    }
  }

  /// A layer of stride 2 is computed by tiles however much another way is wanted.
  @Test func impossibleWaysAreLeftOut() throws {
    let results = try OperationBenchmark(
      FFTWBackend(options: .init(threads: 1)), layers: [ConvolutionLayer(parsing: "8@8s2")], batch: 2,
      operations: ["convGradInput"], samples: 1
    ).run()
    #expect(results.count == 1 && !results[0].timings.contains { $0.way == "winograd" })
    #expect(results[0].timings.contains { $0.way == "tiles" })
  }

  @Test func otherBackendsHaveOneWay() throws {
    let results = try OperationBenchmark(
      OracleBackend(), layers: [ConvolutionLayer(parsing: "2@4")], batch: 1, operations: ["conv"], samples: 1
    ).run()
    #expect(results.count == 3 && results.allSatisfy { $0.timings.count == 1 && $0.chosen?.method == nil })
    #expect {
      try OperationBenchmark(OracleBackend(), operations: ["cnov"])
    } throws: { "\($0)".contains("no operation \"cnov\" is timed; there are conv, ") }
  }
}
