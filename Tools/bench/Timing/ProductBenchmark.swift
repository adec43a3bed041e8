import Foundation
import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoGraph

/// Times matrix products of the CPU backend on one core, each beside OpenBLAS's `sgemm` on the same numbers.
///
/// OpenBLAS is opened at run time where it is installed; its choice of kernel can be changed with the environment
/// variable OPENBLAS_CORETYPE.
struct ProductBenchmark {
  /// What is multiplied, `batch` times: m × k by k × n.
  struct Size {
    var batch = 1
    var m: Int
    var k: Int
    var n: Int
    var purpose: String
    var operations: Double { 2 * Double(batch) * Double(m) * Double(k) * Double(n) }
  }

  static let sizes = [
    Size(m: 2048, k: 64, n: 64, purpose: "a projection of attention, 32 images of 8×8"),
    Size(m: 8192, k: 128, n: 128, purpose: "the same at 16×16, 128 channels"),
    Size(m: 64, k: 2048, n: 64, purpose: "its weight's gradient"),
    Size(batch: 256, m: 64, k: 8, n: 64, purpose: "the scores of 8 heads at 8×8"),
    Size(m: 32, k: 256, n: 128, purpose: "a time embedding"),
    Size(m: 512, k: 512, n: 512, purpose: "square"),
    Size(m: 1024, k: 1024, n: 1024, purpose: "square"),
  ]

  func run() throws {
    let library = OpenBLAS()
    print("GFLOP/s of one core, best of several; OpenBLAS: \(library?.configuration ?? "not installed")")
    print("| m × k × n | | sfumato | OpenBLAS | ratio |\n|---|---|---|---|---|")
    for size in Self.sizes {
      let (ours, result) = try own(size)
      let rate = size.operations / ours / 1e9
      guard let library else {
        print(row(size, rate, nil))
        continue
      }
      let (theirs, reference) = library.time(
        size, elements(size.batch * size.m * size.k), elements(size.batch * size.k * size.n))
      let difference = zip(result, reference).map { abs($0 - $1) }.max() ?? 0
      let largest = reference.map(abs).max() ?? 0
      guard difference <= 1e-4 * max(1, largest) else {
        print("the results differ by \(difference), the largest is \(largest)")
        exit(1)
      }
      print(row(size, rate, size.operations / theirs / 1e9))
    }
  }

  private func row(_ size: Size, _ ours: Double, _ theirs: Double?) -> String {
    let name = (size.batch > 1 ? "\(size.batch) · " : "") + "\(size.m) × \(size.k) × \(size.n)"
    let peer = theirs.map { String(format: "%.0f | %.2f", $0, ours / $0) } ?? "– | –"
    return "| \(name) | \(size.purpose) | \(String(format: "%.0f", ours)) | \(peer) |"
  }

  private func elements(_ count: Int) -> [Float] { (0..<count).map { Float(sin(Double($0 * $0 % 7919))) } }

  private func own(_ size: Size) throws -> (seconds: Double, result: [Float]) {
    let builder = GraphBuilder()
    let a = try builder.input("a", .f32, [size.batch, size.m, size.k])
    let b = try builder.input("b", .f32, [size.batch, size.k, size.n])
    try builder.output("c", a.matmul(b))
    let device = try FFTWBackend(options: .init(threads: 1)).open(0)
    let program = try builder.finish()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    let inputs = [
      "a": HostTensor(elements(a.type.count), a.shape), "b": HostTensor(elements(b.type.count), b.shape),
    ]
    var best = Double.infinity
    for _ in 0..<Self.repetitions(size) {
      // The product alone, without handing over the operands.
      let kernels = try step.profile(inputs)?.kernels ?? []
      best = min(best, kernels.reduce(0) { $0 + ($1.processor ?? $1.wall) })
    }
    return (best, try step.outputs()["c"]?.floats ?? [])
  }

  static func repetitions(_ size: Size) -> Int { max(10, min(500, Int(2e10 / size.operations))) }
}
