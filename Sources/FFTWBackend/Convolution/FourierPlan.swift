import CFFTW
import Foundation

/// The version of the linked library.
var fourierLibraryVersion: String {
  // "fftw-3.3.10-sse2-avx": the number is the second part.
  let parts = String(cString: fftwf_get_version_pointer()).split(separator: "-")
  return parts.count > 1 ? String(parts[1]) : parts.joined()
}

/// The library plans in global tables; only executing a plan is safe from several threads.
private let planner = NSLock()

/// Two-dimensional transforms, in place, of `channels` / 2 interleaved complex planes of `size` × `size`: channels
/// innermost, so that neighbouring real channels form one complex number.
///
/// Plans are estimated, not measured: which plan a measurement picks can differ from run to run, and with it the last
/// bits of a result.
final class FourierPlan {
  private let forward: fftwf_plan
  private let backward: fftwf_plan

  /// Nil when the library cannot make a plan.
  init?(size: Int, channels: Int) {
    let count = size * size * channels
    guard let buffer = fftwf_malloc(count * 4) else { return nil }
    defer { fftwf_free(buffer) }
    let plane = buffer.assumingMemoryBound(to: fftwf_complex.self)
    let extents = [Int32(size), Int32(size)]
    let planes = Int32(channels / 2)
    let plans = planner.withLock {
      [FFTW_FORWARD, FFTW_BACKWARD].map { sign in
        fftwf_plan_many_dft(
          2, extents, planes, plane, nil, planes, 1, plane, nil, planes, 1, sign, FFTW_ESTIMATE.magnitude)
      }
    }
    guard let forward = plans[0], let backward = plans[1] else { return nil }
    self.forward = forward
    self.backward = backward
  }

  deinit {
    planner.withLock {
      fftwf_destroy_plan(forward)
      fftwf_destroy_plan(backward)
    }
  }

  /// Transforms a buffer at a 64-byte boundary.
  func run(_ data: Floats, isInverse: Bool) {
    data.withMemoryRebound(to: fftwf_complex.self, capacity: 1) {
      fftwf_execute_dft(isInverse ? backward : forward, $0, $0)
    }
  }
}
