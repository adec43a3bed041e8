import SfumatoBackend
import SfumatoJSON

/// A member of a checkpoint's `state.json` that stands for states of a run's programs.
public struct StateEntry: Sendable {
  /// The member's name.
  public let key: String
  /// What it must be, for messages.
  public let expected: String
  /// Reads the states, which waits for the last step.
  let save: @Sendable (any StateStore) throws -> JSONValue
  /// Writes the states from what `save` gave; where a checkpoint has nothing, they begin anew. False for anything else.
  let restore: @Sendable (JSONValue?, any StateStore) throws -> Bool

  public init(
    key: String, expected: String, save: @escaping @Sendable (any StateStore) throws -> JSONValue,
    restore: @escaping @Sendable (JSONValue?, any StateStore) throws -> Bool
  ) {
    self.key = key
    self.expected = expected
    self.save = save
    self.restore = restore
  }
}
