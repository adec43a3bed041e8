import Sfumato

/// What an image is told: the mean of its colours, a vector. `--condition color=#e04030` then asks for something red.
struct MeanColor: DataCondition {
  let name = "color"
  let form = ConditionForm.vector
  let columns = [BatchColumn("color", .f32, [3])]

  // The half that builds graph.

  /// Black is a colour, so that nothing is something outside of them.
  func null(_ values: [Tensor]) throws -> [Tensor] { [try values[0].splat(-1)] }

  func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding {
    // Means of images on white differ little.
    let spread = try values[0] * 8 - 4
    return .vector(try scope["linear_2"].linear(scope["linear_1"].linear(spread, size).silu(), size))
  }

  // The half that knows data and words.

  let survey = JSONValue.null
  let nullValue: ConditionValue = [.floats([-1, -1, -1])]

  func value(of index: Int, in dataset: LabelledDataset) throws -> ConditionValue {
    let image = try dataset.image(at: index).converted(channels: 3)
    let sums = image.pixels.indices.reduce(into: [0, 0, 0]) { $0[$1 % 3] += Int(image.pixels[$1]) }
    return [.floats(sums.map { Float($0) / Float(255 * image.width * image.height) })]
  }

  func value(parsing words: String) throws -> ConditionValue {
    guard let color = Color(words) else {
      throw ConditionError.unknownValue(
        condition: name, words: words, hint: "write white, black, gray or #rrggbb")
    }
    return [.floats([color.red, color.green, color.blue].map { Float($0) / 255 })]
  }

  func words(_ value: ConditionValue) -> String {
    let bytes = (value.first?.floats ?? []).map { UInt8(max(0, min(255, ($0 * 255).rounded()))) }
    return bytes.count == 3 ? Color(red: bytes[0], green: bytes[1], blue: bytes[2]).description : "none"
  }

  /// What recipes choose by `conditions: {color: {}}`.
  static let definition = ConditionDefinition(
    name: "color", summary: "the mean colour of an image",
    survey: { _, _ in .null }, make: { _ in MeanColor() })
}
