import Foundation

/// Which of a DDPM model's timesteps a short trajectory visits (Lin et al., 2024, table 2).
public enum TimestepSpacing: String, Sendable, CaseIterable, Codable {
  case leading, trailing, linspace

  /// `steps` timesteps of `0..<count`, descending.
  public func timesteps(_ steps: Int, of count: Int) -> [Int] {
    switch self {
    case .leading: (0..<steps).reversed().map { $0 * (count / steps) }
    case .trailing:
      (0..<steps).map {
        let t = Double(count) - Double($0) * Double(count) / Double(steps)
        return Int(t.rounded(.toNearestOrEven)) - 1
      }
    case .linspace:
      (0..<steps).reversed().map {
        let t = steps == 1 ? 0 : Double($0) * Double(count - 1) / Double(steps - 1)
        return Int(t.rounded(.toNearestOrEven))
      }
    }
  }
}

/// The noise levels that a sampler visits.
public enum NoiseSchedule: Sendable, Hashable {
  /// Evenly spaced in σ^(1/ρ) (Karras et al., "Elucidating the design space", 2022, equation 5).
  case karras(sigmaMin: Double = 0.002, sigmaMax: Double = 80, rho: Double = 7)
  /// The noise levels of a DDPM model's timesteps.
  case timesteps(BetaSchedule, spacing: TimestepSpacing = .leading)
  /// Evenly spaced in t, where σ = (1 − t)/t. It starts at t = 10⁻⁴, as σ is infinite at 0.
  case flow

  /// The name that recipes and messages use.
  public var name: String {
    switch self {
    case .karras: "karras"
    case .timesteps: "timesteps"
    case .flow: "flow"
    }
  }

  /// `steps` descending noise levels and a last one of exactly 0.
  ///
  /// - Throws: `SamplerError` when the number of steps or a parameter is out of range.
  public func sigmas(steps: Int) throws(SamplerError) -> [Double] {
    var limit = 10_000
    if case .timesteps(let betas, _) = self { limit = betas.count }
    guard (1...limit).contains(steps) else {
      throw .stepCount(found: steps, allowed: 1...limit, schedule: name)
    }
    switch self {
    case .karras(let low, let high, let rho):
      return try karras(steps, low, high, rho)
    case .timesteps(let betas, let spacing):
      return spacing.timesteps(steps, of: betas.count).map(betas.sigma) + [0]
    case .flow:
      return (0...steps).map {
        let t = max(Double($0) / Double(steps), 1e-4)
        return (1 - t) / t
      }
    }
  }

  private func karras(
    _ steps: Int, _ low: Double, _ high: Double, _ rho: Double
  ) throws(SamplerError) -> [Double] {
    guard low > 0 else {
      throw .badParameter(schedule: name, name: "sigma_min", found: low, expected: "above 0")
    }
    guard high > low, high.isFinite else {
      throw .badParameter(schedule: name, name: "sigma_max", found: high, expected: "above sigma_min, \(low)")
    }
    guard rho >= 1, rho.isFinite else {
      throw .badParameter(schedule: name, name: "rho", found: rho, expected: "at least 1")
    }
    let from = pow(high, 1 / rho)
    let spacing = (pow(low, 1 / rho) - from) / Double(max(steps - 1, 1))
    return (0..<steps).map { pow(from + Double($0) * spacing, rho) } + [0]
  }
}
