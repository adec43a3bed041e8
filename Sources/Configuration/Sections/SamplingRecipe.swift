import SfumatoRegistry

/// How images are generated, during training and after it.
public struct SamplingRecipe: RecipeSection {
  /// Name of a sampler, or `auto` for the objective's usual one.
  public var sampler = "auto"
  /// Steps of the sampler; null for its usual number.
  public var steps: Int?
  /// Images in a grid.
  public var count = 16
  /// Strength of classifier-free guidance; 1 for none.
  public var guidance = 1.0
  /// GAN: what latent vectors are multiplied by; below 1 images differ less and fail less.
  public var truncation = 1.0
  /// Class to draw, by number or name; null to go through all of them.
  public var label: String?
  /// What images are told, in words by condition; of `class`, `label` is the short form.
  public var conditions: [String: String] = [:]
  /// Lowest and highest noise level, and how they are spaced (Karras et al., 2022, equation 5).
  public var sigmaMin = 0.002
  public var sigmaMax = 80.0
  public var rho = 7.0
  /// DDPM: which timesteps a short trajectory visits.
  public var timestepSpacing = "leading"
  /// The sampler's own options, such as `s_churn` or `eta`.
  public var options: [String: OptionValue] = [:]

  public init() {}

  static let fields: [RecipeField<SamplingRecipe>] = [
    .text("sampler", \.sampler),
    .optionalInteger("steps", \.steps, in: 1...10_000),
    .integer("count", \.count, in: 1...4096),
    .number("guidance", \.guidance, in: 0...100),
    .number("truncation", \.truncation, in: 0...10),
    .optionalText("class", \.label),
    .textMap("conditions", \.conditions),
    .number("sigma_min", \.sigmaMin, in: 1e-9...1e6),
    .number("sigma_max", \.sigmaMax, in: 1e-9...1e6),
    .number("rho", \.rho, in: 1...100),
    .choice("timestep_spacing", \.timestepSpacing, of: ["leading", "trailing", "linspace"]),
    .options("options", \.options),
  ]
}
