import SfumatoJSON

extension DatasetReport: CustomStringConvertible {
  /// The report in lines for a person; long lists are cut short.
  public var description: String {
    var lines = ["\(source): \(images(count))" + (count == total ? "" : " chosen of \(total)")]
    lines.append("sizes: " + summary(sizes.map { ("\($0.width)x\($0.height)", $0.count) }, shown: 8))
    lines.append("kinds: " + summary(channels.sorted { $0.key < $1.key }.map { (kind($0.key), $0.value) }))
    if let labelField {
      lines.append("classes by \"\(labelField)\": \(classes.count)")
      lines += classes.prefix(40).map { "  \($0.name): \($0.count)" }
      if classes.count > 40 { lines.append("  and \(classes.count - 40) more") }
    } else {
      lines.append("classes: none")
    }
    for field in fields {
      lines.append(
        "field \"\(field.name)\": in \(images(field.count)), \(field.distinct) different, "
          + "such as \"\(field.example.prefix(60))\"")
    }
    lines += notes.map { "note: \($0)" }
    if bad.isEmpty {
      lines.append("bad images: none")
    } else {
      lines.append("bad images, which training skips: \(bad.count)")
      lines += bad.prefix(20).map { "  \($0.key): \($0.reason)" }
      if bad.count > 20 { lines.append("  and \(bad.count - 20) more") }
    }
    return lines.joined(separator: "\n")
  }

  /// The whole report, nothing cut short.
  public var json: JSONValue {
    [
      "source": .string(source), "count": .integer(count), "total": .integer(total),
      "good": .integer(good),
      "sizes": .array(
        sizes.map {
          ["width": .integer($0.width), "height": .integer($0.height), "count": .integer($0.count)]
        }),
      "kinds": .object(object(channels.sorted { $0.key < $1.key }.map { (kind($0.key), $0.value) })),
      "label": labelField.map { .string($0) } ?? nil,
      "classes": .object(object(classes.map { ($0.name, $0.count) })),
      "fields": .array(
        fields.map {
          [
            "name": .string($0.name), "count": .integer($0.count), "distinct": .integer($0.distinct),
            "example": .string($0.example),
          ]
        }),
      "bad": .array(bad.map { ["key": .string($0.key), "reason": .string($0.reason)] }),
      "notes": .array(notes.map { .string($0) }),
    ]
  }

  private func object(_ counts: [(name: String, count: Int)]) -> JSONObject {
    var object = JSONObject()
    for (name, count) in counts { object[name] = .integer(count) }
    return object
  }

  private func summary(_ counts: [(name: String, count: Int)], shown: Int = .max) -> String {
    if counts.isEmpty { return "none" }
    let rest = counts.dropFirst(shown)
    let more = rest.isEmpty ? [] : ["\(rest.count) more"]
    return (counts.prefix(shown).map { "\($0.name) (\($0.count))" } + more).joined(separator: ", ")
  }

  private func images(_ count: Int) -> String { count == 1 ? "1 image" : "\(count) images" }

  private func kind(_ channels: Int) -> String {
    switch channels {
    case 1: "grey"
    case 3: "RGB"
    default: "RGBA"
    }
  }
}
