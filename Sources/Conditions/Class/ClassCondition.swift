import SfumatoDatasets
import SfumatoDiagnostics
import SfumatoGraph
import SfumatoJSON
import SfumatoNN

/// The class of an image, one of several with names.
public struct ClassCondition: DataCondition, Hashable {
  /// A class is an index into them.
  public let names: [String]
  /// Rows of the table of embeddings.
  public let count: Int
  private let nullClass: Int

  /// - Parameters:
  ///   - names: of the classes.
  ///   - hasNull: whether there is a value for images of no class; it stands behind the classes.
  ///   - count: rows of the table; as many as there are values when nil.
  public init(_ names: [String], hasNull: Bool, count: Int? = nil) {
    self.names = names
    self.count = count ?? names.count + (hasNull ? 1 : 0)
    nullClass = hasNull ? names.count : 0
  }

  /// Classes without names; the last of them stands for none.
  public init(count: Int) { self.init((0..<count - 1).map(String.init), hasNull: true) }

  public static let name = "class"
  public var name: String { Self.name }
  public var form: ConditionForm { .vector }
  public var columns: [BatchColumn] { [BatchColumn("labels", .i32)] }
  public var choiceCount: Int? { count }

  public func null(_ values: [Tensor]) throws -> [Tensor] { [try values[0].splat(Double(nullClass))] }

  public func embedding(_ values: [Tensor], size: Int, in scope: Scope) throws -> ConditionEmbedding {
    .vector(try scope.embedding(values[0], count: count, size: size))
  }
}

// MARK: - In data and commands

extension ClassCondition {
  public static let definition = ConditionDefinition(
    name: name, summary: "The class of an image, as data.label says",
    survey: { dataset, _ in
      guard !dataset.classes.isEmpty else {
        throw ConditionError.missing(
          condition: name, problem: "the images have no classes; say in data.label what an image's class is")
      }
      return .array(dataset.classes.map(JSONValue.string))
    },
    make: { context in
      let condition = ClassCondition(
        context.survey.array?.compactMap(\.string) ?? [], hasNull: context.hasNull, count: context.choiceCount
      )
      let needed = condition.names.count + (context.hasNull ? 1 : 0)
      guard condition.count >= needed else {
        throw ConditionError.tooFewChoices(condition: name, found: condition.count, needed: needed)
      }
      return condition
    })

  public var survey: JSONValue { .array(names.map(JSONValue.string)) }
  public var nullValue: ConditionValue { Self.value(nullClass) }

  /// The value of class number `index`.
  public static func value(_ index: Int) -> ConditionValue { [.integers([Int32(index)])] }

  public func value(of index: Int, in dataset: LabelledDataset) throws -> ConditionValue {
    Self.value(Int(dataset.labels[index]))
  }

  /// A class by name, or else by number.
  public func value(parsing words: String) throws -> ConditionValue {
    if let index = names.firstIndex(of: words) { return Self.value(index) }
    guard let number = Int(words), names.indices.contains(number) else {
      throw ConditionError.unknownValue(
        condition: name, words: words, hint: suggestion(for: words, among: names))
    }
    return Self.value(number)
  }

  /// Each class in turn.
  public func usualValue(image index: Int) -> ConditionValue? { Self.value(index % names.count) }

  public func words(_ value: ConditionValue) -> String {
    let index = Int(value.first?.integers.first ?? 0)
    return names.indices.contains(index) ? names[index] : "none"
  }
}

extension ClassCondition {
  /// What checkpoints said before there were other conditions: the names of the classes, or none.
  static func olderJSON(in state: JSONObject) -> JSONValue? {
    state["classes"]?.array.map { names in
      .array(names.isEmpty ? [] : [.object(["name": .string(name), "survey": .array(names)])])
    }
  }
}
