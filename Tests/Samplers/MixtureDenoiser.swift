import Foundation

/// The exact E[x0 | x0 + σ·n = x] for elements that are each ±a with deviation s.
struct MixtureDenoiser: Sendable {
  let a: [Double]
  let s: [Double]

  func callAsFunction(_ x: [Float], _ sigma: Double) -> [Float] {
    zip(x, zip(a, s)).map { x, parameters in
      let (a, s) = parameters, x = Double(x)
      let total = s * s + sigma * sigma
      return Float((s * s * x + sigma * sigma * a * tanh(a * x / total)) / total)
    }
  }
}

/// The exact denoiser of a Gaussian with deviation s around 0.
func gaussianDenoiser(_ s: Double) -> (_ x: [Float], _ sigma: Double) -> [Float] {
  { x, sigma in x.map { Float(Double($0) * s * s / (s * s + sigma * sigma)) } }
}
