import SfumatoDiagnostics

/// Why an image could not be read or written.
public struct ImageError: SfumatoError, Hashable {
  public enum Reason: Sendable, Hashable {
    /// The first bytes are of no known format; a few of them, printable, as a hint.
    case unknownFormat(start: String)
    /// The format's own library refused the bytes.
    case malformed(format: String, message: String)
    /// The header asks for more than the limits allow.
    case tooLarge(format: String, width: Int, height: Int, limits: DecodingLimits)
    /// No memory for the pixels.
    case outOfMemory(format: String, width: Int, height: Int)
    /// The file could not be opened, read or written.
    case file(String)
  }

  public var reason: Reason
  /// Where the image came from, when known.
  public var source: String?

  public init(_ reason: Reason, source: String? = nil) {
    self.reason = reason
    self.source = source
  }

  public var exitCode: ExitCode { .badData }

  public var description: String { (source.map { $0 + ": " } ?? "") + explanation }

  /// The description without the source.
  public var explanation: String {
    switch reason {
    case .unknownFormat(let start):
      return "not a PNG or JPEG image: it starts with \(start); remove it or convert it"
    case .malformed(let format, let message):
      return "damaged \(format): \(message); replace or remove it"
    case .tooLarge(let format, let width, let height, let limits):
      return "\(format) of \(width)x\(height) pixels, over the limit of \(limits.maxPixels / 1_000_000) "
        + "megapixels or \(limits.maxBytes / 1_000_000) MB decoded; scale it down first"
    case .outOfMemory(let format, let width, let height):
      return "no memory for a \(format) of \(width)x\(height) pixels; scale it down first"
    case .file(let message):
      return message
    }
  }
}
