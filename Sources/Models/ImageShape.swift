import SfumatoJSON

/// What a model's configuration always says of pictures and classes.
struct PictureShape: Hashable {
  var resolution: Int
  var channels: Int
  var labelCount: Int?

  init(resolution: Int, channels: Int, labelCount: Int? = nil) {
    self.resolution = resolution
    self.channels = channels
    self.labelCount = labelCount
  }

  /// - Throws: `ModelError` where one is missing or of another type.
  init(json: JSONValue) throws(ModelError) {
    guard let values = json.object else { throw .notAnObject(found: json.kind) }
    func size(_ key: String) throws(ModelError) -> Int {
      guard let value = values[key]?.integer, value > 0 else {
        throw .wrongType(key: key, expected: "a positive whole number")
      }
      return value
    }
    resolution = try size("sample_size")
    channels = try size("out_channels")
    if let count = values["num_class_embeds"], count != .null {
      labelCount = try size("num_class_embeds")
    }
  }

  /// The keys that `init` reads.
  var members: [(String, JSONValue)] {
    [
      ("sample_size", .integer(resolution)), ("out_channels", .integer(channels)),
      ("num_class_embeds", labelCount.map(JSONValue.integer) ?? .null),
    ]
  }

  /// How often a model halves pictures down to `smallest` pixels a side.
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
