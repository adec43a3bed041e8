import SfumatoCheckpoint
import SfumatoJSON

/// The log of a run: one JSON object a line, each with its `step`.
///
/// A run that resumes at step N goes on after the last line of step N or before; what a killed run wrote
/// beyond its last checkpoint, and a line cut short, are dropped. So an interrupted run's log ends up as an
/// uninterrupted one's.
public final class RunLog {
  private let path: String
  private let files = PosixFileSystem()
  private let file: FileDescriptor

  /// Opens the log at `path`, creating it where it is missing; 0 for a fresh run.
  ///
  /// - Throws: `CheckpointError`.
  public init(path: String, resumingAt step: Int) throws {
    self.path = path
    let size = Self.sizeOfLines(path: path, upTo: step, files) { line in
      (try? JSONValue(parsing: line))?["step"]?.integer
    }
    file = try files.appending(path, keeping: size)
  }

  deinit { try? files.close(file) }

  /// Adds a line.
  ///
  /// - Throws: `CheckpointError.diskFull` or `.fileOperation`.
  public func append(_ object: JSONObject) throws {
    try files.append(Array((JSONValue.object(object).line + "\n").utf8), to: file, path: path)
  }

  /// Bytes of the whole lines of steps up to `step` with which the file begins.
  ///
  /// - Parameter stepOf: the step of a line; nil where it is none.
  static func sizeOfLines(
    path: String, upTo step: Int, _ files: PosixFileSystem, stepOf: (ArraySlice<UInt8>) -> Int?
  ) -> Int {
    guard step > 0, let bytes = try? files.contents(of: path, limit: 1 << 30) else { return 0 }
    var end = 0
    while let newline = bytes[end...].firstIndex(of: UInt8(ascii: "\n")) {
      guard let at = stepOf(bytes[end..<newline]), at <= step else { break }
      end = newline + 1
    }
    return end
  }
}
