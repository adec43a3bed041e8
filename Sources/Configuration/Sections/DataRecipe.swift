import SfumatoRegistry

/// The images to learn from.
public struct DataRecipe: RecipeSection {
  /// A folder, archive or file. Relative to the working directory.
  public var path: String?
  /// Name of the data set's format, or `auto`.
  public var kind = "auto"
  /// Width and height, in pixels, that images are resized to.
  public var resolution = 32
  /// 1 for grey, 3 for RGB.
  public var channels = 3
  /// What an image's class is: `none`, `class` (the sub-folder or the file's own label), or the name of a
  /// metadata field such as `group`.
  public var label = "none"
  /// Patterns by metadata field; only images that match all are used.
  public var filter: [String: String] = [:]
  /// Whether half of the images, drawn anew each time, are mirrored.
  public var flip = true
  /// `center` or `random`: which square of an image is used.
  public var crop = "center"
  /// What else varies from one visit of an image to the next: augmentations by name, each with its options.
  public var augment: [String: [String: OptionValue]] = [:]
  /// Colour under transparent images, by name or as `#rrggbb`.
  public var background = "white"

  public init() {}

  static let fields: [RecipeField<DataRecipe>] = [
    .optionalText("path", \.path),
    .text("kind", \.kind),
    .integer("resolution", \.resolution, in: 4...1024),
    .integer("channels", \.channels, in: 1...4),
    .text("label", \.label),
    .textMap("filter", \.filter),
    .flag("flip", \.flip),
    .choice("crop", \.crop, of: ["center", "random"]),
    .optionSets("augment", \.augment, example: "translate: {pixels: 2}"),
    .text("background", \.background),
  ]
}
