import Foundation
import SfumatoBackend
import SfumatoCheckpoint
import SfumatoJSON

/// The choices of devices that the bits of a run rest on, kept in its folder's `tuning.json`, an object a backend.
struct RunTuning {
  private let folder: RunFolder
  private var file = JSONObject()
  /// Whether a resumed run was begun without choices being kept.
  private(set) var isMissing = false

  /// - Parameter resume: whether to go on from what is kept; otherwise it counts for nothing.
  /// - Throws: `TrainingError.damagedTuning`.
  init(_ folder: RunFolder, resume: Bool) throws {
    self.folder = folder
    guard resume else { return }
    guard let data = FileManager.default.contents(atPath: folder.tuningPath) else {
      isMissing = true
      return
    }
    do { file = try JSONValue(parsing: data).object ?? JSONObject() } catch {
      throw TrainingError.damagedTuning(path: folder.tuningPath, problem: "\(error)")
    }
  }

  /// Has `device` choose as is kept.
  ///
  /// - Throws: `TrainingError.damagedTuning`.
  func keep(on device: any Device) throws {
    guard let device = device as? any TunableDevice, let kept = file[device.info.backend]?.object else {
      return
    }
    do { try device.keep(kept) } catch {
      throw TrainingError.damagedTuning(path: folder.tuningPath, problem: "\(error)")
    }
  }

  /// Keeps what `device` has chosen, where that is more than is kept.
  mutating func save(from device: any Device) throws {
    guard let device = device as? any TunableDevice else { return }
    let tuning = JSONValue.object(device.tuning)
    if file[device.info.backend] == tuning { return }
    file[device.info.backend] = tuning
    try PosixFileSystem().publish(Array(JSONValue.object(file).document.utf8), to: folder.tuningPath)
  }
}
