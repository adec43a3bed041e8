import Foundation

/// OpenBLAS on one thread, opened at run time.
struct OpenBLAS {
  private typealias Multiply =
    @convention(c) (
      Int32, Int32, Int32, Int32, Int32, Int32, Float, UnsafePointer<Float>, Int32, UnsafePointer<Float>,
      Int32,
      Float, UnsafeMutablePointer<Float>, Int32
    ) -> Void
  private let multiply: Multiply
  /// Version, and the processor that the library takes this one for.
  let configuration: String

  init?() {
    guard let library = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL),
      let multiply = dlsym(library, "cblas_sgemm"), let threads = dlsym(library, "openblas_set_num_threads"),
      let configuration = dlsym(library, "openblas_get_config"),
      let core = dlsym(library, "openblas_get_corename")
    else { return nil }
    typealias Text = @convention(c) () -> UnsafePointer<CChar>
    typealias SetThreads = @convention(c) (Int32) -> Void
    unsafeBitCast(threads, to: SetThreads.self)(1)
    self.multiply = unsafeBitCast(multiply, to: Multiply.self)
    let words = String(cString: unsafeBitCast(configuration, to: Text.self)()).split(separator: " ")
    self.configuration =
      words.prefix(2).joined(separator: " ") + ", kernels of "
      + String(cString: unsafeBitCast(core, to: Text.self)())
  }

  /// The best time of one product of `size`, and its result.
  func time(_ size: ProductBenchmark.Size, _ a: [Float], _ b: [Float]) -> (seconds: Double, result: [Float]) {
    let rowMajor: Int32 = 101, plain: Int32 = 111
    let (m, k, n) = (Int32(size.m), Int32(size.k), Int32(size.n))
    var c = [Float](repeating: 0, count: size.batch * size.m * size.n)
    var best = Double.infinity
    c.withUnsafeMutableBufferPointer { c in
      a.withUnsafeBufferPointer { a in
        b.withUnsafeBufferPointer { b in
          guard let c = c.baseAddress, let a = a.baseAddress, let b = b.baseAddress else { return }
          for _ in 0..<ProductBenchmark.repetitions(size) {
            let start = processorTime()
            for i in 0..<size.batch {
              multiply(
                rowMajor, plain, plain, m, n, k, 1, a + i * size.m * size.k, k, b + i * size.k * size.n, n, 0,
                c + i * size.m * size.n, n)
            }
            best = min(best, processorTime() - start)
          }
        }
      }
    }
    return (best, c)
  }
}

/// Seconds of processor time that this process has used.
private func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
  return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}
