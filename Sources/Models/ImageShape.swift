import SfumatoJSON
import SfumatoNN

/// The images that a model is for, and what it is told of them.
public struct ImageShape: Hashable, Sendable {
  /// Width and height, in pixels.
  public var resolution: Int
  public var channels: Int
  /// Whether there are any conditions.
  public let isConditional: Bool
  /// The choices of the condition that is one of several, its null value included; nil where there is none.
  public let choiceCount: Int?

  public init(resolution: Int, channels: Int, conditions: [any Condition] = []) {
    self.resolution = resolution
    self.channels = channels
    isConditional = !conditions.isEmpty
    choiceCount = conditions.compactMap(\.choiceCount).first
  }

  /// Members of a configuration, in diffusers' names.
  var members: [(String, JSONValue)] {
    [
      ("sample_size", .integer(resolution)), ("out_channels", .integer(channels)),
      ("num_class_embeds", choiceCount.map(JSONValue.integer) ?? .null),
    ]
  }

  /// - Throws: `ModelError` where a model of `levels`, which halves images again and again, cannot take these.
  func check(levels: Int, multipleOf multiple: Int) throws(ModelError) {
    guard resolution.isMultiple(of: multiple) else {
      throw .inconsistent(
        "data.resolution is \(resolution), but \(levels) levels need a multiple of \(multiple)")
    }
  }

  /// How often a model halves images down to `smallest` pixels a side.
  ///
  /// - Throws: `ModelError` where that is no whole number.
  func halvings(to smallest: Int, in range: ClosedRange<Int>) throws(ModelError) -> Int {
    var side = resolution, count = 0
    while side > smallest, side.isMultiple(of: 2) { (side, count) = (side / 2, count + 1) }
    guard side == smallest, range.contains(resolution) else {
      let sizes = sequence(first: smallest) { $0 < range.upperBound ? $0 * 2 : nil }.filter(range.contains)
      throw .inconsistent(
        "data.resolution is \(resolution), but must be one of: \(sizes.map(String.init).joined(separator: ", "))"
      )
    }
    return count
  }
}
