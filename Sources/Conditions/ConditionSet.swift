import SfumatoDatasets
import SfumatoJSON
import SfumatoRegistry

/// The conditions of a model, in the order of their names.
public struct ConditionSet: Sendable {
  /// What is known of the data, by condition: what a checkpoint keeps, enough to make the conditions without the data.
  public typealias Surveys = [String: JSONValue]

  public let all: [any DataCondition]

  public static let none = ConditionSet([])

  public init(_ all: [any DataCondition]) { self.all = all }

  /// Makes the conditions `wanted`, by name with their options; those without a survey are left out.
  ///
  /// - Throws: `RegistryError` for a name or option that is not there.
  public init(
    _ wanted: inout [String: [String: OptionValue]], _ surveys: Surveys, hasNull: Bool, choiceCount: Int?
  ) throws {
    var all: [any DataCondition] = []
    for (name, given) in wanted.sorted(by: { $0.key < $1.key }) {
      let definition = try Conditions.registry.entry(name)
      let options = try definition.values(given, of: "condition")
      wanted[name] = options.values
      guard let survey = surveys[name] else { continue }
      all.append(
        try definition.make(
          .init(options: options, survey: survey, hasNull: hasNull, choiceCount: choiceCount)))
    }
    self.all = all
  }

  /// What is to be known of `dataset` for the conditions `wanted`.
  ///
  /// - Throws: `RegistryError` for a name or option that is not there, `ConditionError` for data that has nothing to say.
  public static func surveys(of dataset: LabelledDataset, for wanted: [String: [String: OptionValue]]) throws
    -> Surveys
  {
    var surveys: Surveys = [:]
    for (name, given) in wanted {
      let definition = try Conditions.registry.entry(name)
      surveys[name] = try definition.survey(dataset, definition.values(given, of: "condition"))
    }
    return surveys
  }

  /// What a checkpoint keeps of them.
  public var json: JSONValue {
    .array(all.map { .object(["name": .string($0.name), "survey": $0.survey]) })
  }

  /// The member `conditions` of a checkpoint's `state.json`, read from an older one's too; nil where it says nothing.
  public static func json(in state: JSONObject) -> JSONValue? {
    state["conditions"] ?? ClassCondition.olderJSON(in: state)
  }

  /// What a checkpoint's `state.json` says of its conditions; nil where it says nothing.
  public static func surveys(in state: JSONObject) -> Surveys? {
    json(in: state)?.array.map { kept in
      let pairs = kept.compactMap { each in
        each["name"]?.string.flatMap { name in each["survey"].map { (name, $0) } }
      }
      return Dictionary(pairs) { first, _ in first }
    }
  }

  public var isEmpty: Bool { all.isEmpty }
  public var names: [String] { all.map(\.name) }
  /// The columns of a loader's batches that they read.
  public var sources: [ColumnSource] { all.flatMap(\.sources) }

  /// The condition called `name`.
  ///
  /// - Throws: `ConditionError.notThere`.
  public func condition(_ name: String) throws -> any DataCondition {
    guard let condition = all.first(where: { $0.name == name }) else {
      throw ConditionError.notThere(condition: name, known: names)
    }
    return condition
  }

  /// What chosen image `index` of a data set is told.
  public func values(of index: Int, in dataset: LabelledDataset) throws -> ConditionValues {
    ConditionValues(
      try Dictionary(uniqueKeysWithValues: all.map { ($0.name, try $0.value(of: index, in: dataset)) }))
  }

  /// What image `index` of several is told: `words` where they name its condition, else what is usual.
  ///
  /// - Parameter words: by condition.
  /// - Throws: `ConditionError`.
  public func values(image index: Int, _ words: [String: String]) throws -> ConditionValues {
    var values = usualValues(image: index)
    for (name, words) in words.sorted(by: { $0.key < $1.key }) {
      values[name] = try condition(name).value(parsing: words)
    }
    return values
  }

  /// What image `index` of several is told when nobody says.
  public func usualValues(image index: Int) -> ConditionValues {
    var values = ConditionValues()
    for condition in all { values[condition.name] = condition.usualValue(image: index) }
    return values
  }

  /// The columns of a batch of images that are told `rows`, by column.
  public func columns(_ rows: some Collection<ConditionValues>) -> [String: Column] {
    var columns: [String: Column] = [:]
    for condition in all {
      let values = rows.map { $0[condition.name] ?? condition.nullValue }
      for (number, column) in condition.columns.enumerated() {
        columns[column.name] = .joined(values.map { $0[number] })
      }
    }
    return columns
  }

  /// The different things in words that images with `rows` are told, by condition in order.
  public func words(_ rows: some Collection<ConditionValues>) -> [(condition: String, words: [String])] {
    all.map { condition in
      var words: [String] = []
      for value in rows.compactMap({ $0[condition.name] }).map(condition.words) where !words.contains(value) {
        words.append(value)
      }
      return (condition.name, words)
    }
  }
}

extension ConditionSet {
  /// What one image is told, in words by condition; null where nothing is said.
  public func json(_ values: ConditionValues) -> JSONValue {
    var object = JSONObject()
    for condition in all {
      object[condition.name] = values[condition.name].map { .string(condition.words($0)) } ?? .null
    }
    return .object(object)
  }
}

/// What one image is told, by condition; of what is missing, nothing is said.
public struct ConditionValues: Hashable, Sendable {
  private var values: [String: ConditionValue]

  public init(_ values: [String: ConditionValue] = [:]) { self.values = values }

  public subscript(condition: String) -> ConditionValue? {
    get { values[condition] }
    set { values[condition] = newValue }
  }

  public var isEmpty: Bool { values.isEmpty }
}
