import Foundation

/// The kernel that resizing weighs source pixels with.
///
/// When an image shrinks the kernel is stretched by the same factor, so that every source pixel counts and
/// no aliasing appears; when it grows the kernel interpolates.
public enum ResizeFilter: String, Sendable, CaseIterable {
  /// Linear interpolation: max(0, 1 − |x|).
  case triangle
  /// Cubic convolution with a = −1/2 (Keys, "Cubic convolution interpolation for digital image processing",
  /// 1981).
  case cubic
  /// sinc(x) · sinc(x/3) on |x| < 3.
  case lanczos

  /// Half the kernel's width, in pixels of the finer image.
  var support: Double {
    switch self {
    case .triangle: 1
    case .cubic: 2
    case .lanczos: 3
    }
  }

  func weight(_ x: Double) -> Double {
    let x = x.magnitude
    if x >= support { return 0 }
    switch self {
    case .triangle: return 1 - x
    case .cubic: return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((-0.5 * x + 2.5) * x - 4) * x + 2
    case .lanczos: return sinc(x) * sinc(x / 3)
    }
  }

  /// For every target pixel, the source pixels that it is made of and their weights, which add up to 1.
  func taps(from source: Int, to target: Int) -> [(start: Int, weights: [Float])] {
    let scale = Double(source) / Double(target)
    let stretch = max(scale, 1)
    return (0..<target).map { i in
      let center = (Double(i) + 0.5) * scale
      let start = max(0, Int((center - support * stretch + 0.5).rounded(.down)))
      let end = min(source, Int((center + support * stretch + 0.5).rounded(.down)))
      let weights = (start..<end).map { weight((Double($0) + 0.5 - center) / stretch) }
      let sum = weights.reduce(0, +)
      return (start, weights.map { Float($0 / sum) })
    }
  }
}

private func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(.pi * x) / (.pi * x) }
