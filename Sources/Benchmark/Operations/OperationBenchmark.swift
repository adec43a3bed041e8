import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph
import SfumatoJSON
import SfumatoOracle

/// Times the operations that models are made of: convolution layers, every pass by each algorithm that a backend has, and others.
public struct OperationBenchmark {
  /// A device, and how it computes convolutions.
  public struct Way {
    /// A convolution method that it was told to take; nil for its own choice.
    public var method: String?
    public var device: any Device
  }

  /// How one algorithm did.
  public struct Timing: Sendable {
    /// What the device was told; nil for its own choice.
    public var way: String?
    /// What it did; nil where it does not say.
    public var method: String?
    /// Seconds a run.
    public var median: Double
    public var fastest: Double
    public var slowest: Double
    /// What its kernels took by the device's own clock, once; nil where that is not known.
    public var kernelSeconds: Double?
    public var gigaflops: Double
    /// √(Σ(a − b)²/Σb²) of a convolution against float64; nil where it was not asked for.
    public var error: Double?
  }

  /// One operation.
  public struct Result: Sendable {
    /// Such as `convGradInput`.
    public var operation: String
    /// The layer, or what else tells it from others.
    public var detail: String
    /// Floating-point operations of a run, two a multiply-add.
    public var operations: Int
    /// The device's own choice first; without the algorithms that it cannot take here.
    public var timings: [Timing]
    /// The error of float32 sums by the definition, one accumulator a result; nil where it was not asked for.
    public var directError: Double?

    /// The device's own choice.
    public var chosen: Timing? { timings.first { $0.way == nil } }
  }

  /// Names of operations that are timed.
  public static let operations = [
    "conv", "convGradInput", "convGradWeight", "layer", "matmul", "groupNorm", "groupNormGrad", "attention",
    "attentionGrad", "adamw",
  ]

  public let ways: [Way]
  /// Nil for all passes of a layer in one program.
  private let convolutions: [(layer: ConvolutionLayer, pass: ConvolutionPass?)]
  private let others: [PerformanceCase]
  private let batch: Int
  private let precision: DType
  private let samples: Int
  private let measuresErrors: Bool

  /// - Parameters:
  ///   - operations: what names begin with; all when empty.
  ///   - products: sizes of matrix products; those of the usual models when nil.
  ///   - precision: what values are stored as; f32, bf16 or f16.
  ///   - samples: how often to measure each, after a warm-up; a sample is as many runs as take some milliseconds.
  ///   - measuresErrors: whether convolutions are also compared with float64, which takes long.
  /// - Throws: `BenchmarkError.unknownOperation`, and what opening devices throws.
  public init(
    _ backend: any Backend, device: Int = 0, layers: [ConvolutionLayer] = ConvolutionLayer.usual,
    products: [ProductSize]? = nil, batch: Int = 32, precision: DType = .f32, operations: [String] = [],
    samples: Int = 5, measuresErrors: Bool = false
  ) throws {
    for name in operations where !Self.operations.contains(where: { $0.hasPrefix(name) }) {
      throw BenchmarkError.unknownOperation(name: name, known: Self.operations)
    }
    let adjustable = backend as? any AdjustableBackend
    let methods = adjustable?.convolutionMethods ?? []
    ways =
      [Way(method: nil, device: try backend.open(device))]
      + (try methods.compactMap { method in
        try adjustable.map {
          Way(method: method, device: try $0.adjusted(threads: nil, convolution: method).open(device))
        }
      })
    func isWanted(_ operation: String) -> Bool {
      operations.isEmpty || operations.contains { operation.hasPrefix($0) }
    }
    convolutions = layers.flatMap { layer in
      ConvolutionPass.allCases.filter { isWanted($0.op(layer.geometry).name) }.map { (layer, $0) }
        + (isWanted("layer") ? [(layer, nil)] : [])
    }
    others = try PerformanceCase.others(batch: batch, precision, products: products).filter {
      isWanted($0.test.operation)
    }
    self.batch = batch
    self.precision = precision
    self.samples = samples
    self.measuresErrors = measuresErrors
  }

  /// How many operations are timed.
  public var count: Int { convolutions.count + others.count }

  /// Times one operation after another.
  ///
  /// - Parameter report: is shown each when it is done.
  public func run(report: (Result) -> Void = { _ in }) throws -> [Result] {
    var results: [Result] = []
    func add(_ result: Result) {
      report(result)
      results.append(result)
    }
    for (layer, pass) in convolutions { add(try convolution(layer, pass)) }
    for each in others {
      add(
        Result(
          operation: each.test.operation, detail: each.test.detail, operations: each.operations,
          timings: [try timing(each, on: ways[0])]))
    }
    return results
  }

  private func convolution(_ layer: ConvolutionLayer, _ pass: ConvolutionPass?) throws -> Result {
    let test = try PerformanceCase(
      pass.map { ConformanceCase(layer, $0, batch: batch, precision) }
        ?? ConformanceCase(layer, batch: batch, precision))
    let reference = try pass.flatMap {
      measuresErrors ? try ConvolutionReference(layer, $0, batch: batch) : nil
    }
    let timings = try ways.compactMap { way -> Timing? in
      var timing = try timing(test, on: way)
      // Where an algorithm is not possible the device takes another one.
      if let wanted = way.method, timing.method?.hasPrefix(wanted) == false { return nil }
      timing.error = try reference?.error(on: way.device)
      return timing
    }
    return Result(
      operation: test.test.operation, detail: test.test.detail, operations: test.operations, timings: timings,
      directError: reference?.directError)
  }

  private func timing(_ test: PerformanceCase, on way: Way) throws -> Timing {
    let result = try test.run(on: way.device, seconds: 0, samples: samples)
    return Timing(
      way: way.method, method: result.method.flatMap { $0.isEmpty ? nil : $0 }, median: result.seconds,
      fastest: result.fastest, slowest: result.slowest, kernelSeconds: result.kernelSeconds,
      gigaflops: result.gigaflops)
  }
}

extension OperationBenchmark {
  /// Every field of `docs/bench.md`.
  public func json(_ results: [Result]) -> JSONObject {
    let info = ways[0].device.info
    return [
      "benchmark": "ops", "backend": .string(info.backend), "device": .string(info.name),
      "driver": .string(info.driver), "batch": .integer(batch), "precision": .string(precision.rawValue),
      "samples": .integer(samples), "operations": .array(results.map { .object($0.json) }),
    ]
  }
}

extension OperationBenchmark.Result {
  var json: JSONObject {
    [
      "operation": .string(operation), "detail": .string(detail), "flops": .integer(operations),
      "direct_error": directError.map(JSONValue.number) ?? .null,
      "ways": .array(timings.map { .object($0.json) }),
    ]
  }
}

extension OperationBenchmark.Timing {
  /// The device's own choice is called `chosen`.
  var json: JSONObject {
    [
      "way": .string(way ?? "chosen"), "method": method.map(JSONValue.string) ?? .null,
      "median": .number(median), "fastest": .number(fastest), "slowest": .number(slowest),
      "kernel_seconds": kernelSeconds.map(JSONValue.number) ?? .null, "gigaflops": .number(gigaflops),
      "error": error.map(JSONValue.number) ?? .null,
    ]
  }
}
