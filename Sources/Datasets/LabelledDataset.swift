import SfumatoImages
import SfumatoRandom
import SfumatoRegistry

/// A decoded image with what is known of it.
public struct Sample: Sendable {
  public var image: Image
  /// The number of its class; 0 where there are no classes.
  public var label: Int
  /// Empty where there is none.
  public var caption: String
  public var key: String
}

/// The images of a data set that a filter leaves, with the classes that a field gives them.
public struct LabelledDataset: Sendable {
  /// The whole data set.
  public let dataset: any Dataset
  /// The chosen images' numbers in `dataset`, ascending.
  public let indices: [Int]
  /// The field that gives the class; nil when there are no classes.
  public let labelField: String?
  /// The names of the classes; a label is an index into them. Empty when there are none.
  public let classes: [String]
  /// The label of each chosen image; 0 when there are no classes.
  public let labels: [Int32]

  /// Chooses and labels the images of `dataset`.
  ///
  /// - Parameters:
  ///   - label: the field that gives the class. When nil, `class` or else `label` is taken if every chosen
  ///     image has it; otherwise there are no classes.
  ///   - filter: for each field a `GlobPattern` that a chosen image's value must match.
  public init(
    _ dataset: any Dataset, label: String? = nil, filter: [String: String] = [:]
  ) throws(DatasetError) {
    let records = (0..<dataset.count).map { dataset.record(at: $0) }
    let indices = try Self.chosen(records, filter, dataset.source)
    let chosen = indices.map { records[$0] }
    let field = label ?? Self.defaultLabelField(chosen)
    var values: [String] = []
    if let field {
      for record in chosen {
        guard let value = record.fields[field] else {
          throw Self.missing(field, of: record, among: records, dataset.source)
        }
        values.append(value)
      }
    }
    let classes = Self.ordered(Set(values), vocabulary: field.flatMap { dataset.vocabulary[$0] } ?? [])
    let numbers = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
    self.dataset = dataset
    self.indices = indices
    self.labelField = field
    self.classes = classes
    self.labels =
      field == nil ? Array(repeating: 0, count: indices.count) : values.map { numbers[$0] ?? 0 }
  }

  /// How many images were chosen.
  public var count: Int { indices.count }

  /// The numbers of `count` images of the class that most images have, the first of several, or all where it has fewer, evenly spread
  /// over the data set.
  public func commonestClass(count: Int) -> [Int] {
    var sizes = [Int](repeating: 0, count: max(1, classes.count))
    for label in labels { sizes[Int(label)] += 1 }
    let label = sizes.firstIndex(of: sizes.max() ?? 0) ?? 0
    return labels.indices.filter { labels[$0] == label }.spread(over: count)
  }

  /// The record of chosen image `index`.
  public func record(at index: Int) -> Record { dataset.record(at: indices[index]) }

  /// The caption of chosen image `index`; empty where there is none.
  public func caption(at index: Int) -> String { record(at: index).fields[Record.captionField] ?? "" }

  /// Reads and decodes chosen image `index`.
  public func image(at index: Int) throws(ImageError) -> Image { try dataset.image(at: indices[index]) }

  /// Chosen image `index` with all that is known of it.
  public func sample(at index: Int) throws(ImageError) -> Sample {
    let record = record(at: index)
    return Sample(
      image: try image(at: index), label: Int(labels[index]),
      caption: record.fields[Record.captionField] ?? "", key: record.key)
  }

  /// A number that changes with the images' keys, their order or their classes, so that a resumed run can
  /// tell whether it sees the same data.
  public var fingerprint: UInt64 {
    var hash = StableHash()
    func mix(_ text: String) {
      for byte in text.utf8 { hash.mix(UInt64(byte)) }
      hash.mix(0xFF)
    }
    for (i, label) in labels.enumerated() {
      mix(record(at: i).key)
      mix(classes.isEmpty ? "" : classes[Int(label)])
    }
    return hash.value
  }
}

extension LabelledDataset {
  private static func chosen(
    _ records: [Record], _ filter: [String: String], _ source: String
  ) throws(DatasetError) -> [Int] {
    var chosen = Array(records.indices)
    for (field, text) in filter.sorted(by: { $0.key < $1.key }) {
      let pattern = GlobPattern(text)
      let remaining = chosen.filter { records[$0].fields[field].map(pattern.matches) ?? false }
      if remaining.isEmpty {
        let values = Set(records.compactMap { $0.fields[field] }).sorted()
        throw values.isEmpty
          ? DatasetError(.unknownField(field: field, known: fieldNames(records)), source: source)
          : DatasetError(.nothingMatches(field: field, pattern: text, values: values), source: source)
      }
      chosen = remaining
    }
    return chosen
  }

  private static func defaultLabelField(_ records: [Record]) -> String? {
    ["class", "label"].first { field in
      !records.isEmpty && records.allSatisfy { $0.fields[field] != nil }
    }
  }

  private static func missing(
    _ field: String, of record: Record, among records: [Record], _ source: String
  ) -> DatasetError {
    let known = fieldNames(records)
    return known.contains(field)
      ? DatasetError(.missingField(field: field, key: record.key), source: source)
      : DatasetError(.unknownField(field: field, known: known), source: source)
  }

  private static func fieldNames(_ records: [Record]) -> [String] {
    Set(records.flatMap(\.fields.keys)).sorted()
  }

  /// In the order that the data set prescribes; otherwise by number when all are numbers, else by name.
  private static func ordered(_ values: Set<String>, vocabulary: [String]) -> [String] {
    let known = vocabulary.filter(values.contains)
    let others = values.subtracting(vocabulary)
    if others.allSatisfy({ Int($0) != nil }) {
      return known + others.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    }
    return known + others.sorted()
  }
}
