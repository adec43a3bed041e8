/// What a random draw is for.
///
/// Every draw is keyed by (seed, step, purpose, index); draws for different purposes never share words.
public struct Purpose: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt32
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Initial parameters of a model.
  public static let initialization = Purpose(rawValue: 1)
  /// The order in which a data set is visited.
  public static let shuffle = Purpose(rawValue: 2)
  /// Crops and flips.
  public static let augmentation = Purpose(rawValue: 3)
  /// Noise levels of training samples.
  public static let noiseLevel = Purpose(rawValue: 4)
  /// Gaussian noise added to training samples.
  public static let noise = Purpose(rawValue: 5)
  /// Conditions dropped for classifier-free guidance.
  public static let conditionDropout = Purpose(rawValue: 6)
  /// Latent vectors of generated images, for the discriminator's step.
  public static let discriminatorLatent = Purpose(rawValue: 7)
  /// Latent vectors of generated images, for the generator's step.
  public static let generatorLatent = Purpose(rawValue: 8)
  /// Where a penalty between real and generated images is taken.
  public static let interpolation = Purpose(rawValue: 9)
  /// Augmentation inside of a step; each transformation adds its own number to this one.
  public static let stepAugmentation = Purpose(rawValue: 0x100)
  /// Dropped activations; each layer adds its own number to this one.
  public static let dropout = Purpose(rawValue: 0x1000)
  /// The image's starting noise when sampling.
  public static let sample = Purpose(rawValue: 16)
  /// Noise that a stochastic sampler adds on its way.
  public static let sampleChurn = Purpose(rawValue: 17)
}
