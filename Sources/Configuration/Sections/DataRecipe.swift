import SfumatoRegistry

/// The pictures to learn from.
public struct DataRecipe: RecipeSection {
  /// A folder, archive or file. Relative to the working directory.
  public var path: String?
  /// Name of the data set's format, or `auto`.
  public var kind = "auto"
  /// Width and height, in pixels, that pictures are resized to.
  public var resolution = 32
  /// 1 for grey, 3 for RGB.
  public var channels = 3
  /// What a picture's class is: `none`, `class` (the sub-folder or the file's own label), or the name of a
  /// metadata field such as `group`.
  public var label = "none"
  /// Patterns by metadata field; only pictures that match all are used.
  public var filter: [String: String] = [:]
  /// Whether half of the pictures, drawn anew each time, are mirrored.
  public var flip = true
  /// `center` or `random`: which square of a picture is used.
  public var crop = "center"
  /// What else varies from one visit of a picture to the next: augmentations by name, each with its options.
  public var augment: [String: [String: OptionValue]] = [:]
  /// Colour under transparent pictures, by name or as `#rrggbb`.
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
