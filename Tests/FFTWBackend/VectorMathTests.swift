import Foundation
import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoGraph
import Testing

/// Elementary functions against the C library's in double precision.
@Suite struct VectorMathTests {
  static let sets = FFTWBackend.InstructionSet.allCases.filter(\.isAvailable)

  /// Runs a function of one tensor.
  private func run(
    _ set: FFTWBackend.InstructionSet, _ x: [Float], _ function: (Tensor) throws -> Tensor
  ) throws -> HostTensor {
    let builder = GraphBuilder()
    try builder.output("y", function(builder.input("x", .f32, [x.count])))
    let device = try FFTWBackend(options: .init(threads: 1, instructionSet: set)).open(0)
    let step = try device.makeStep(builder.finish(), state: device.makeState([]))
    try step.run(["x": HostTensor(x, [x.count])])
    return try #require(step.outputs()["y"])
  }

  /// The largest distance from `expected`, in units of the last place of its rounding. Numbers below the normal ones may
  /// be flushed to zero.
  private func worst(_ found: [Float], _ x: [Float], _ expected: (Double) -> Double) -> (
    ulps: Double, at: Float
  ) {
    var worst = (ulps: 0.0, at: Float(0))
    for (y, x) in zip(found, x) {
      let exact = expected(Double(x)), rounded = Float(exact)
      if rounded.isNaN && y.isNaN || rounded == y { continue }
      if abs(exact) < Double(Float.leastNormalMagnitude), abs(y) <= Float.leastNormalMagnitude { continue }
      let distance = rounded.isFinite && y.isFinite ? abs(Double(y) - exact) / Double(rounded.ulp) : .infinity
      if distance > worst.ulps { worst = (distance, x) }
    }
    return worst
  }

  private static func grid(_ range: ClosedRange<Float>, _ count: Int = 20_011) -> [Float] {
    (0..<count).map {
      range.lowerBound + (range.upperBound - range.lowerBound) * Float($0) / Float(count - 1)
    }
  }

  private static let specials: [Float] = [
    0, -0.0, 1, -1, .infinity, -.infinity, .nan, .leastNormalMagnitude, .greatestFiniteMagnitude,
    -.greatestFiniteMagnitude, 1e-30, 88.72, 88.73, -87.3, -103, -104, -200, 200,
  ]

  @Test(arguments: sets) func exponentials(_ set: FFTWBackend.InstructionSet) throws {
    let x = Self.grid(-105...90) + Self.grid(-1...1) + Self.specials
    let result = worst(try run(set, x) { try $0.exp() }.floats, x, exp)
    #expect(result.ulps <= 2, "exp(\(result.at))")
  }

  @Test(arguments: sets) func logarithms(_ set: FFTWBackend.InstructionSet) throws {
    let x = Self.grid(0.0001...3) + Self.grid(0.9...1.1) + Self.grid(3...1e30) + Self.specials
    let result = worst(try run(set, x) { try $0.log() }.floats, x, log)
    #expect(result.ulps <= 2, "log(\(result.at))")
  }

  @Test(arguments: sets) func tangents(_ set: FFTWBackend.InstructionSet) throws {
    let x = Self.grid(-12...12) + Self.grid(-0.1...0.1) + Self.specials
    let result = worst(try run(set, x) { try $0.tanh() }.floats, x, tanh)
    #expect(result.ulps <= 2, "tanh(\(result.at))")
  }

  /// Near a zero crossing far from the origin only the absolute error can be small.
  @Test(arguments: sets) func sinesAndCosines(_ set: FFTWBackend.InstructionSet) throws {
    let x = Self.grid(-10...10) + Self.grid(-29_000...29_000) + Self.grid(29_000...1e7, 1001) + Self.specials
    for (y, expected) in [
      (try run(set, x) { try $0.sin() }.floats, { (x: Double) in sin(x) }),
      (try run(set, x) { try $0.cos() }.floats, { (x: Double) in cos(x) }),
    ] {
      let result = worst(y, x, expected)
      #expect(result.ulps <= 2, "at \(result.at)")
    }
  }

  /// A number stored as half and read again equals what the reference conversion gives, for each of its bits patterns.
  @Test(arguments: sets, [DType.f16, .bf16])
  func halfStorage(_ set: FFTWBackend.InstructionSet, _ dtype: DType) throws {
    let x =
      Self.grid(-2...2) + Self.grid(-70_000...70_000) + Self.grid(-1e-4...1e-4) + [
        .infinity, -.infinity, 65_519, 65_520,
      ]
    let found = try run(set, x) { try $0.cast(dtype) }
    let expected = HostTensor(TensorType(dtype, [x.count]), rounding: x.map(Double.init))
    #expect(found.bytes == expected.bytes)
  }
}
