import SfumatoJSON

/// The images that a model is for, and the labels that they may have.
public struct ImageShape: Hashable, Sendable {
  /// Width and height, in pixels.
  public var resolution: Int
  public var channels: Int
  /// Labels are 0 ..< labelCount; nil for a model without.
  public var labelCount: Int?

  public init(resolution: Int, channels: Int, labelCount: Int? = nil) {
    self.resolution = resolution
    self.channels = channels
    self.labelCount = labelCount
  }

  /// Members of a configuration, in diffusers' names.
  var members: [(String, JSONValue)] {
    [
      ("sample_size", .integer(resolution)), ("out_channels", .integer(channels)),
      ("num_class_embeds", labelCount.map(JSONValue.integer) ?? .null),
    ]
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
