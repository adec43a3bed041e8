import SfumatoDatasets
import SfumatoJSON
import SfumatoRegistry

/// A kind of condition that can be chosen.
public struct ConditionDefinition: RegistryEntry {
  /// What a condition is made from.
  public struct Context: Sendable {
    /// Values of the definition's options.
    public let options: OptionValues
    /// What `survey` found.
    public let survey: JSONValue
    /// Whether the task ever says nothing of an image, for which there must be a value then.
    public let hasNull: Bool
    /// Rows of a table of choices; nil for as many as there are choices.
    public let choiceCount: Int?

    public init(options: OptionValues, survey: JSONValue, hasNull: Bool, choiceCount: Int?) {
      self.options = options
      self.survey = survey
      self.hasNull = hasNull
      self.choiceCount = choiceCount
    }
  }

  public let name: String
  public let summary: String
  public let options: [PluginOption]
  /// What is to be known of the data.
  public let survey: @Sendable (_ dataset: LabelledDataset, _ options: OptionValues) throws -> JSONValue
  public let make: @Sendable (Context) throws -> any DataCondition

  public init(
    name: String, summary: String, options: [PluginOption] = [],
    survey: @escaping @Sendable (_ dataset: LabelledDataset, _ options: OptionValues) throws -> JSONValue,
    make: @escaping @Sendable (Context) throws -> any DataCondition
  ) {
    self.name = name
    self.summary = summary
    self.options = options
    self.survey = survey
    self.make = make
  }
}

/// The conditions that can be chosen.
public enum Conditions {
  public static let registry = Registry<ConditionDefinition>(
    kind: "condition", [ClassCondition.definition])
}
