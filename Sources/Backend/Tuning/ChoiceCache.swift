import Foundation
import SfumatoJSON

/// What a backend has measured, in a file that all processes of a user share. A file that is missing, damaged or cannot be written
/// costs a measurement, nothing else.
public struct ChoiceCache: Sendable {
  private static let format = 1

  public let folder: String
  private let backend: String
  private let machine: String

  /// - Parameters:
  ///   - folder: where the file is or will be.
  ///   - backend: whose choices they are; the file is named so.
  ///   - machine: under what a choice holds, such as the processor or the device, and versions.
  public init(folder: String, backend: String, machine: String) {
    self.folder = folder
    self.backend = backend
    self.machine = machine
  }

  public var path: String { "\(folder)/\(backend).json" }

  /// What is remembered of this machine, and what is wrong with the file.
  public func read() -> (choices: Choices, problem: String?) {
    let (machines, problem) = machines()
    guard let json = machines[machine]?.object else { return (Choices(), problem) }
    guard let choices = try? Choices(json, backend: backend) else { return (Choices(), "\(path) is damaged") }
    return (choices, problem)
  }

  /// Adds to the file what it does not have yet, in one step: readers see the old file or the new one.
  ///
  /// - Returns: why that could not be done.
  public func add(_ choices: Choices) -> String? {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      return "\(folder) cannot be made"
    }
    let lock = open("\(folder)/\(backend).lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else { return "\(folder) cannot be written: \(String(cString: strerror(errno)))" }
    defer { close(lock) }
    // Where a file system has no locks, the last writer's file stays, a whole one still.
    while flock(lock, LOCK_EX) != 0, errno == EINTR {}
    // Somebody else may have written since.
    var machines = machines().machines
    let known = machines[machine]?.object.flatMap { try? Choices($0, backend: backend) } ?? Choices()
    machines[machine] = .object(known.adding(choices).json)
    let file: JSONObject = ["format": .integer(Self.format), "machines": .object(machines)]
    return CacheFolder.replace(path, with: Data(JSONValue.object(file).document.utf8))
  }

  private func machines() -> (machines: JSONObject, problem: String?) {
    guard let data = FileManager.default.contents(atPath: path) else {
      return (JSONObject(), access(path, F_OK) == 0 ? "\(path) cannot be read" : nil)
    }
    guard let file = try? JSONValue(parsing: data), file["format"]?.integer == Self.format,
      let machines = file["machines"]?.object
    else { return (JSONObject(), "\(path) is damaged") }
    return (machines, nil)
  }
}
