import CVectorKernels
import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

@testable import SfumatoFFTWBackend

/// Products of operands stored as bf16: the kernels around the processor's instruction, which stands in other instructions
/// where there is none.
@Suite struct PairProductTests {
  /// Every instruction set in emulation, and the instruction itself where this processor has it.
  static var kernels: [UnsafePointer<PairKernels>] {
    [VectorISAPortable, VectorISAAVX2, VectorISAAVX512].flatMap {
      [emulatedPairKernels($0), pairKernels($0)].compactMap(\.self)
    }
  }

  /// m, n, k around tiles, panels and pairs.
  static let extents = [(1, 1, 1), (8, 32, 64), (9, 33, 7), (13, 5, 2), (3, 70, 129), (17, 16, 31)]

  @Test(arguments: extents) func agreesWithFloat64(m: Int, n: Int, k: Int) {
    for pairs in Self.kernels.map(\.pointee) {
      let a = Self.numbers(m * k, seed: 1), b = Self.numbers(k * n, seed: 2)
      let expected = Self.product(m, n, k, a, b)
      // A row by row as it is; and from its transpose, whose rows are joined. B as it is, and from its transpose.
      for (isJoined, isTurned) in [(false, false), (false, true), (true, false)] {
        let right = Self.packed(pairs, n, k, isTurned ? Self.turned(b, k, n) : b, isTurned)
        var c = [Float](repeating: .nan, count: m * n)
        if isJoined {
          var words = [UInt32](repeating: .max, count: (k + 1) / 2 * m)
          pairs.joinRows(Int64(k), Int64(m), Self.turned(a, m, k), Int64(m), &words)
          let halves = words.flatMap { [UInt16(truncatingIfNeeded: $0), UInt16($0 >> 16)] }
          pairs.gemmPairs(Int64(m), Int64(n), Int64(k), halves, 2, Int64(2 * m), right, &c, Int64(n), false)
        } else {
          // What follows the last row is not a number.
          let left = a + [0x7fff, 0x7fff]
          pairs.gemmPairs(Int64(m), Int64(n), Int64(k), left, Int64(k), 2, right, &c, Int64(n), false)
        }
        let error = normalizedError(c.map(Double.init), expected)
        #expect(error < 1e-13, "\(m)×\(k)×\(n), joined \(isJoined), turned \(isTurned): \(error)")
      }
    }
  }

  /// A sum is added to what is there, and an odd last step takes nothing of the next row, which is not finite.
  @Test func addsToWhatIsThere() {
    for pairs in Self.kernels.map(\.pointee) {
      let right = Self.packed(pairs, 1, 1, [0x4000], false)
      // 3 · 2 on 1, with an infinity behind the 3.
      var c: [Float] = [1]
      pairs.gemmPairs(1, 1, 1, [0x4040, 0x7f80], 1, 2, right, &c, 1, true)
      #expect(c == [7])
    }
  }

  /// As the manual has it the upper product is added first, and each sum is rounded: 1 + 1 + 2²⁴ is 2²⁴ + 2 in floats, 1 + 2²⁴ + 1 is
  /// 2²⁴.
  @Test func emulationRoundsAfterEachSum() {
    for isa in [VectorISAPortable, VectorISAAVX2, VectorISAAVX512] {
      guard let pairs = emulatedPairKernels(isa)?.pointee else { continue }
      let one: UInt16 = 0x3f80, large: UInt16 = 0x4b80
      let ones = Self.packed(pairs, 1, 4, [one, one, one, one], false)
      for (a, sum) in [([one, 0, large, one], Float(16_777_218)), ([one, 0, one, large], 16_777_216)] {
        var c: [Float] = [0]
        pairs.gemmPairs(1, 1, 4, a, 4, 2, ones, &c, 1, false)
        #expect(c == [sum])
      }
    }
  }

  // MARK: Through the backend

  /// 1×1 convolutions and their gradients, products with either factor turned, short and long ones.
  @Test(arguments: [1, 2]) func theBackendTakesThem(threads: Int) throws {
    let plain = try FFTWBackend(options: .init(threads: threads)).openCPU().multiplying(pairs: nil)
    for pairs in Self.kernels {
      let device = plain.multiplying(pairs: pairs)
      for (name, program, isTaken) in try Self.programs() {
        let inputs = Dictionary(
          uniqueKeysWithValues: program.inputs.enumerated().map { number, port in
            let stream = RandomStream(seed: 3, step: UInt64(number), purpose: .noise),
              type = program[port.value]
            return (port.name, HostTensor(type, rounding: stream.normals(type.count).map(Double.init)))
          })
        let expected = try evaluate(program, inputs: inputs.mapValues(\.doubles)).outputs["y"] ?? []
        var workspaces: [Int] = []
        for device in [device, plain] {
          let step = try device.makeCPUStep(device.plan(program), state: device.makeState([]))
          try step.run(inputs)
          let first = try step.outputs()
          let error = normalizedError(first["y"]?.doubles ?? [], expected)
          #expect(error < 1e-4, "\(name): \(error)")
          try step.run(inputs)
          #expect(try step.outputs() == first)
          workspaces.append(step.workspaceByteCount)
        }
        // Nothing is widened.
        #expect(!isTaken || workspaces[0] < workspaces[1], "\(name): \(workspaces)")
      }
    }
  }

  private static func programs() throws -> [(name: String, program: Program, isTaken: Bool)] {
    let g = ConvGeometry(
      inputHeight: 16, inputWidth: 16, inChannels: 24, outChannels: 40, kernelHeight: 1, kernelWidth: 1)
    let x = g.inputShape(batch: 5), y = g.outputShape(batch: 5), w = g.weightShape
    let operations: [(String, Op, Shape, Shape, Bool)] = [
      ("conv", .conv(g), x, w, true), ("gradInput", .convGradInput(g), y, w, true),
      ("gradWeight", .convGradWeight(g), x, y, true),
      ("matmul", .matmul(transposeA: false, transposeB: false), [3, 70, 33], [3, 33, 18], true),
      ("turned right", .matmul(transposeA: false, transposeB: true), [3, 70, 33], [3, 18, 33], true),
      ("turned left", .matmul(transposeA: true, transposeB: false), [33, 70], [33, 18], false),
      ("long", .matmul(transposeA: true, transposeB: false), [1541, 20], [1541, 18], true),
    ]
    return try operations.map { name, op, a, b, isTaken in
      let builder = GraphBuilder()
      try builder.output("y", builder.apply(op, builder.input("a", .bf16, a), builder.input("b", .bf16, b)))
      return (name, try builder.finish(), isTaken)
    }
  }

  // MARK: Numbers

  /// Bits of bf16 numbers between -2 and 2, zeros among them.
  private static func numbers(_ count: Int, seed: UInt64) -> [UInt16] {
    RandomStream(seed: seed, step: 0, purpose: .noise).normals(count).map {
      UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16)
    }
  }

  private static func value(_ bits: UInt16) -> Double { Double(Float(bitPattern: UInt32(bits) << 16)) }

  private static func product(_ m: Int, _ n: Int, _ k: Int, _ a: [UInt16], _ b: [UInt16]) -> [Double] {
    (0..<m * n).map { at in
      (0..<k).reduce(0.0) { $0 + value(a[at / n * k + $1]) * value(b[$1 * n + at % n]) }
    }
  }

  private static func turned(_ x: [UInt16], _ rows: Int, _ columns: Int) -> [UInt16] {
    (0..<rows * columns).map { x[$0 % rows * columns + $0 / rows] }
  }

  private static func packed(_ pairs: PairKernels, _ n: Int, _ k: Int, _ b: [UInt16], _ isTurned: Bool)
    -> [UInt32]
  {
    let width = Int(pairs.panelWidth)
    var panels = [UInt32](repeating: .max, count: (n + width - 1) / width * width * ((k + 1) / 2))
    pairs.packPairs(
      Int64(k), Int64(n), b, Int64(isTurned ? 1 : n), Int64(isTurned ? k : 1), &panels)
    return panels
  }
}
