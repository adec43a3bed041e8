/// How training in f16 scales its loss, so that small gradients do not round to zero; without effect in other precisions.
///
/// Scales are powers of two, which change no digit of a gradient.
public struct LossScaleRecipe: RecipeSection {
  /// What the loss is multiplied by at first.
  public var initial = 65_536
  /// Steps without an overflow after which the scale doubles.
  public var growthInterval = 2000
  /// The scale is not halved below this.
  public var minimum = 1
  /// The scale is not doubled above this.
  public var maximum = 16_777_216
  /// Overflows in a row with the scale at its minimum at which the run ends.
  public var patience = 50

  public init() {}

  private static let scales = 1...1 << 40

  static let fields: [RecipeField<LossScaleRecipe>] = [
    .powerOfTwo("initial", \.initial, in: scales),
    .integer("growth_interval", \.growthInterval, in: 1...1_000_000_000),
    .powerOfTwo("minimum", \.minimum, in: scales),
    .powerOfTwo("maximum", \.maximum, in: scales),
    .integer("patience", \.patience, in: 1...1_000_000_000),
  ]
}
