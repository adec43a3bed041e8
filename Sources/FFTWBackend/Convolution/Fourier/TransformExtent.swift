/// An extent that transforms are fast at, and the order in which a line of samples and of frequencies lies in memory.
///
/// The library has straight code for 2…16, 20, 25 and 32 numbers. Longer lines it computes in two rounds with twiddle factors
/// between, which took three to eight times as long a number. Where an extent is a product of two coprime numbers, there
/// are none: with samples and frequencies in the right order it is a two-dimensional transform (Good, "The interaction algorithm
/// and practical Fourier analysis", 1958).
struct TransformExtent: Hashable {
  let count: Int
  /// Coprime, with `count` as their product; (1, count) for straight code.
  let outer: Int
  let inner: Int

  /// Coprime factors of longer lines.
  private static let products = [
    18: (2, 9), 21: (3, 7), 22: (2, 11), 24: (3, 8), 26: (2, 13), 28: (4, 7), 30: (3, 10), 33: (3, 11),
    35: (5, 7), 36: (4, 9), 40: (5, 8),
  ]

  /// All extents worth a look.
  static let all = (Array(2...16) + [20, 25, 32] + products.keys).sorted()

  init(_ count: Int) {
    self.count = count
    (outer, inner) = Self.products[count] ?? (1, count)
  }

  /// The place of each sample.
  var samples: [Int] {
    var places = [Int](repeating: 0, count: count)
    for first in 0..<outer {
      for second in 0..<inner {
        places[(inner * first + outer * second) % count] = first * inner + second
      }
    }
    return places
  }

  /// The place of each frequency.
  var frequencies: [Int] { (0..<count).map { $0 % outer * inner + $0 % inner } }

  /// Nanoseconds that a number of a plane takes on one x86-64 core with AVX-512, about: constants, so that the model makes the same
  /// choice everywhere.
  var cost: Double {
    switch count {
    case ...10: 0.47
    case ...16: 0.65
    case 20, 25, 32: 0.75
    default: 1.2
    }
  }
}
