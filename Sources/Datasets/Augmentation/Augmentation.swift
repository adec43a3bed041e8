import SfumatoRegistry

/// A way in which an image varies from one visit to the next.
public struct Augmentation: RegistryEntry {
  /// Changes an image in place. What it draws must come from the image's own draws.
  public typealias Body = @Sendable (_ image: inout AugmentedImage, _ options: OptionValues) -> Void

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  let body: Body

  public init(name: String, summary: String, options: [PluginOption] = [], body: @escaping Body) {
    self.name = name
    self.summary = summary
    self.options = options
    self.body = body
  }
}

/// The augmentations that can be chosen.
public enum Augmentations {
  public static let registry = Registry<Augmentation>(
    kind: "augmentation", [.translate, .rotate, .brightness, .contrast, .cutout])

  /// What a recipe names, in the registry's order.
  ///
  /// - Parameter named: names with options; what is left out takes its default.
  /// - Throws: `RegistryError` for an unknown name or option, or a value out of range.
  public static func chosen(_ named: [String: [String: OptionValue]]) throws(RegistryError)
    -> [ChosenAugmentation]
  {
    for name in named.keys.sorted() { _ = try registry.entry(name) }
    var chosen: [ChosenAugmentation] = []
    for entry in registry.all {
      guard let options = named[entry.name] else { continue }
      chosen.append(try ChosenAugmentation(entry, options: options))
    }
    return chosen
  }
}

/// An augmentation with its options.
public struct ChosenAugmentation: Sendable {
  let augmentation: Augmentation
  let options: OptionValues

  /// - Throws: `RegistryError` for an unknown option or a value out of range.
  public init(_ augmentation: Augmentation, options: [String: OptionValue] = [:]) throws(RegistryError) {
    self.augmentation = augmentation
    self.options = try augmentation.values(options, of: "augmentation")
  }
}
