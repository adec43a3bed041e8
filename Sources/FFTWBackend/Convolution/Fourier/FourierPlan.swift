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
/// innermost, so that neighbouring real channels form one complex number. Lines are in the order of `TransformExtent`.
///
/// Which plan a measurement picks can differ from run to run, and with it the last bits of a result. So a measurement ends in
/// wisdom, the library's text of what it found, and plans are made from that, or estimated.
final class FourierPlan {
  private let forward: fftwf_plan
  private let backward: fftwf_plan

  /// - Parameter wisdom: of `measure` for the same extents; nil for an estimate, which is always the same.
  /// - Returns: nil when the library cannot make a plan, or not from this wisdom.
  init?(size: Int, channels: Int, wisdom: String? = nil) {
    let plans: [fftwf_plan?]
    if let wisdom {
      plans = withoutWisdom {
        guard fftwf_import_wisdom_from_string(wisdom) != 0 else { return [nil, nil] }
        return Self.plans(size, channels, FFTW_MEASURE.magnitude | FFTW_WISDOM_ONLY.magnitude)
      }
    } else {
      plans = planner.withLock { Self.plans(size, channels, FFTW_ESTIMATE.magnitude) }
    }
    guard let forward = plans[0], let backward = plans[1] else {
      planner.withLock { plans.forEach { if let plan = $0 { fftwf_destroy_plan(plan) } } }
      return nil
    }
    self.forward = forward
    self.backward = backward
  }

  /// What the library finds to be fastest, as text. Takes up to a second or so.
  static func measure(size: Int, channels: Int) -> String? {
    withoutWisdom {
      let plans = plans(size, channels, FFTW_MEASURE.magnitude).compactMap { $0 }
      defer { plans.forEach { fftwf_destroy_plan($0) } }
      return plans.count == 2 ? exportedWisdom() : nil
    }
  }

  /// Both directions. Runs under the planner's lock.
  private static func plans(_ size: Int, _ channels: Int, _ flags: UInt32) -> [fftwf_plan?] {
    guard let buffer = fftwf_malloc(size * size * channels * 4) else { return [nil, nil] }
    defer { fftwf_free(buffer) }
    let plane = buffer.assumingMemoryBound(to: fftwf_complex.self)
    let extent = TransformExtent(size), pairs = channels / 2
    // A line is a matrix of `outer` × `inner` numbers, each axis a transform of its own.
    let extents =
      [(extent.outer, extent.inner * size * pairs), (extent.inner, size * pairs)]
      + [(extent.outer, extent.inner * pairs), (extent.inner, pairs)]
    let dimensions = extents.filter { $0.0 > 1 }.map { count, step in
      fftwf_iodim(n: Int32(count), is: Int32(step), os: Int32(step))
    }
    var planes = fftwf_iodim(n: Int32(pairs), is: 1, os: 1)
    return [FFTW_FORWARD, FFTW_BACKWARD].map { sign in
      fftwf_plan_guru_dft(
        Int32(dimensions.count), dimensions, 1, &planes, plane, plane, sign, flags)
    }
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

/// Runs `body` under the planner's lock while the library knows nothing, and gives it back what it knew: a plan then follows
/// from what `body` tells the library, whatever else this process has planned.
private func withoutWisdom<Value>(_ body: () -> Value) -> Value {
  planner.withLock {
    let known = exportedWisdom()
    fftwf_forget_wisdom()
    defer {
      fftwf_forget_wisdom()
      if let known { fftwf_import_wisdom_from_string(known) }
    }
    return body()
  }
}

private func exportedWisdom() -> String? {
  guard let text = fftwf_export_wisdom_to_string() else { return nil }
  defer { free(text) }
  return String(cString: text)
}
