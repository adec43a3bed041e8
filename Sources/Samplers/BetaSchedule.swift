import Foundation

/// How a DDPM model's noise grows with its timestep: the tables of β and ᾱ = Π(1 − β), in float64.
///
/// Source: Ho et al., "Denoising diffusion probabilistic models", 2020 (linear); Rombach et al., 2022
/// (scaled linear); Nichol and Dhariwal, "Improved DDPM", 2021, equation 17 (squared cosine).
public struct BetaSchedule: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable, Codable {
    case linear
    case scaledLinear = "scaled_linear"
    case squaredCosine = "squaredcos_cap_v2"
  }

  public let kind: Kind
  /// β of the first timestep; the squared cosine does not use it.
  public let start: Double
  /// β of the last timestep; the squared cosine does not use it.
  public let end: Double
  /// ᾱ of every timestep.
  public let cumulativeAlphas: [Double]

  /// - Parameter count: the number of training timesteps, at least 2.
  public init(_ kind: Kind, start: Double? = nil, end: Double? = nil, count: Int = 1000) {
    precondition(count >= 2, "a beta schedule needs at least 2 timesteps")
    self.kind = kind
    self.start = start ?? (kind == .scaledLinear ? 0.00085 : 1e-4)
    self.end = end ?? (kind == .scaledLinear ? 0.012 : 0.02)
    var product = 1.0
    cumulativeAlphas = Self.betas(kind, self.start, self.end, count).map {
      product *= 1 - $0
      return product
    }
  }

  /// The number of training timesteps.
  public var count: Int { cumulativeAlphas.count }

  /// σ = √((1 − ᾱ)/ᾱ) of timestep `t`: its noise level in the variance-exploding parametrisation.
  public func sigma(_ t: Int) -> Double {
    ((1 - cumulativeAlphas[t]) / cumulativeAlphas[t]).squareRoot()
  }

  private static func betas(_ kind: Kind, _ start: Double, _ end: Double, _ count: Int) -> [Double] {
    func line(_ a: Double, _ b: Double) -> [Double] {
      (0..<count).map { a + (b - a) * Double($0) / Double(count - 1) }
    }
    switch kind {
    case .linear: return line(start, end)
    case .scaledLinear: return line(start.squareRoot(), end.squareRoot()).map { $0 * $0 }
    case .squaredCosine:
      func f(_ i: Int) -> Double {
        let c = cos((Double(i) / Double(count) + 0.008) / 1.008 * Double.pi / 2)
        return c * c
      }
      return (0..<count).map { min(1 - f($0 + 1) / f($0), 0.999) }
    }
  }
}
