/// Why bytes are not the JSON that was expected, and at which byte.
public struct JSONError: Error, Equatable, CustomStringConvertible, Sendable {
  public var message: String
  /// Offset from the start of the text.
  public var offset: Int

  public init(_ message: String, at offset: Int) {
    self.message = message
    self.offset = offset
  }

  public var description: String { "\(message) at byte \(offset)" }
}
