import SfumatoDatasets
import SfumatoJSON
import SfumatoNN

/// What an image is told: a row for each of its condition's columns.
public typealias ConditionValue = [Column]

/// A condition with both halves: the one that builds graph, and the one that knows data sets, commands and metadata.
///
/// A condition is a folder of `Conditions` and an entry in `Conditions.registry`.
public protocol DataCondition: Condition {
  /// What is known of the data, which a checkpoint keeps; `ConditionDefinition` makes the condition from it again.
  var survey: JSONValue { get }
  /// What stands for "nothing is said".
  var nullValue: ConditionValue { get }

  /// What chosen image `index` of a data set is told.
  func value(of index: Int, in dataset: LabelledDataset) throws -> ConditionValue
  /// What somebody asks for in words, as in `--condition name=words`.
  ///
  /// - Throws: `ConditionError` for words that mean nothing.
  func value(parsing words: String) throws -> ConditionValue
  /// What image `index` of several is told when nobody says; nil for nothing.
  func usualValue(image index: Int) -> ConditionValue?
  /// A value in words, for metadata.
  func words(_ value: ConditionValue) -> String
}

extension DataCondition {
  public func usualValue(image index: Int) -> ConditionValue? { nil }

  /// The columns of a loader's batches that it reads.
  public var sources: [ColumnSource] {
    columns.enumerated().map { number, column in
      ColumnSource(column.name) { try value(of: $0, in: $1)[number] }
    }
  }
}
