import SfumatoSamplers

extension DenoisingTask {
  public func check(_ request: SamplingRequest) throws {
    if request.truncation != 1 {
      throw TrainingError.inapplicable(
        option: "truncation",
        reason: "this model denoises, and has no latent vectors; leave it out")
    }
    _ = try sampler(request).sampler.validated(request.options)
    _ = try sigmas(request)
  }

  /// The sampler that a request ends up with, and its steps.
  func sampler(_ request: SamplingRequest) throws -> (sampler: Sampler, steps: Int) {
    let name = request.sampler == "auto" ? objective.noiseSchedule.defaultSampler : request.sampler
    let sampler = try Samplers.registry.entry(name)
    return (sampler, request.steps ?? sampler.defaultSteps)
  }

  /// The noise levels of a request.
  func sigmas(_ request: SamplingRequest) throws -> [Double] {
    try objective.noiseSchedule.adapted(to: request).sigmas(steps: sampler(request).steps)
  }
}

extension NoiseSchedule {
  /// The sampler that suits models trained along this schedule.
  fileprivate var defaultSampler: String {
    switch self {
    case .karras: "heun"
    case .timesteps: "ddim"
    case .flow: "flow-euler"
    }
  }

  /// This schedule with the levels that a request asks for.
  fileprivate func adapted(to request: SamplingRequest) -> NoiseSchedule {
    switch self {
    case .karras: .karras(sigmaMin: request.sigmaMin, sigmaMax: request.sigmaMax, rho: request.rho)
    case .timesteps(let betas, let spacing):
      .timesteps(betas, spacing: TimestepSpacing(rawValue: request.timestepSpacing) ?? spacing)
    case .flow: self
    }
  }
}
