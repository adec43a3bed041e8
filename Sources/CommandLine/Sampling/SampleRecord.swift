import Sfumato

/// How images were generated: what a PNG's text says, enough to generate them again.
struct SampleRecord {
  let request: SamplingRequest
  private let sampler: String
  private let steps: Int
  private let model: OpenedModel
  private let components: Components
  private let path: NoisePath?

  /// - Parameter path: that the images lie along; nil where each has a seed of its own.
  init(
    _ request: SamplingRequest, _ method: Generator.Method, _ model: OpenedModel, _ components: Components,
    path: NoisePath? = nil
  ) {
    self.path = path
    self.request = request
    sampler = method.name
    steps = method.steps
    self.model = model
    self.components = components
  }

  /// The text chunks of a PNG that shows the images in `rows`.
  func texts(_ rows: Range<Int>) -> [PNGText] {
    let size = components.recipe.data.resolution
    var parts = [
      "Steps: \(steps)", "Sampler: \(sampler)", "CFG scale: \(request.guidance)",
      "Seed: \(Self.list(seeds(rows)))", "Size: \(size)x\(size)", "Model hash: \(model.hash)",
      "Model: \(components.recipe.name) step \(model.step)",
    ]
    if let (key, value) = path?.record { parts.append("\(key): \(value)") }
    if request.truncation != 1 { parts.append("Truncation: \(request.truncation)") }
    for (name, words) in components.conditions.words(request.told(rows)) where !words.isEmpty {
      parts.append("\(name.prefix(1).uppercased() + name.dropFirst()): " + words.joined(separator: "; "))
    }
    for (name, value) in request.options.sorted(by: { $0.key < $1.key }) { parts.append("\(name): \(value)") }
    return [PNGText("parameters", parts.joined(separator: ", ")), PNGText("Software", "sfumato")]
  }

  /// The seeds of images, each named once where many lie along a path from it.
  private func seeds(_ rows: Range<Int>) -> [UInt64] {
    let all = request.seeds[rows]
    guard path != nil else { return Array(all) }
    var seen: Set<UInt64> = []
    return (all + request.points[rows].suffix(1).map(\.target)).filter { seen.insert($0).inserted }
  }

  func json(path: String) -> JSONObject {
    [
      "path": .string(path), "sampler": .string(sampler), "steps": .integer(steps),
      "guidance": .number(request.guidance), "seeds": .array(request.seeds.map { .string(String($0)) }),
      "conditions": .array(request.conditions.map(components.conditions.json)),
      "model": .string(model.path), "step": .integer(model.step), "model_hash": .string(model.hash),
    ]
  }

  /// Numbers with `a-b` for those that follow each other, in a form that `--seeds` takes; commas separate the
  /// entries of the record already.
  static func list(_ numbers: some Sequence<UInt64>) -> String {
    var ranges: [ClosedRange<UInt64>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound < .max, number == last.upperBound + 1 {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ";")
  }
}
