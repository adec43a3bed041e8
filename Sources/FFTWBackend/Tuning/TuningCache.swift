import Foundation
import SfumatoBackend
import SfumatoJSON

/// What was measured on this machine, in a file that all processes of a user share. A file that is missing, damaged or cannot be
/// written costs a measurement, nothing else.
struct TuningCache {
  /// To be raised when kernels change what is fastest.
  static let kernelVersion = 2
  private static let format = 1

  let folder: String
  /// Under what a choice holds: processor, instruction set, threads, versions.
  let machine: String

  /// - Parameter folder: nil for the user's own.
  init(folder: String?, instructionSet: FFTWBackend.InstructionSet, threads: Int) {
    self.folder = folder ?? CacheFolder.user()
    machine =
      "\(Processor.name), \(instructionSet.rawValue), \(threads) thread\(threads == 1 ? "" : "s"), "
      + "kernels \(Self.kernelVersion), FFTW \(fourierLibraryVersion)"
  }

  var path: String { folder + "/fftw.json" }

  /// What is remembered of this machine, and what is wrong with the file.
  func read() -> (tuning: Tuning, problem: String?) {
    let (machines, problem) = machines()
    guard let json = machines[machine]?.object else { return (Tuning(), problem) }
    guard let tuning = try? Tuning(json) else { return (Tuning(), "\(path) is damaged") }
    return (tuning, problem)
  }

  /// Adds to the file what it does not have yet, in one step: readers see the old file or the new one.
  ///
  /// - Returns: why that could not be done.
  func add(_ tuning: Tuning) -> String? {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      return "\(folder) cannot be made"
    }
    let lock = open(folder + "/fftw.lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
    guard lock >= 0 else { return "\(folder) cannot be written: \(String(cString: strerror(errno)))" }
    defer { close(lock) }
    // Where a file system has no locks, the last writer's file stays, a whole one still.
    while flock(lock, LOCK_EX) != 0, errno == EINTR {}
    // Somebody else may have written since.
    var machines = machines().machines
    let known = machines[machine]?.object.flatMap { try? Tuning($0) } ?? Tuning()
    machines[machine] = .object(known.adding(tuning).json)
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
