import SfumatoBackend

/// What was measured on this machine.
struct TuningCache {
  /// To be raised when kernels change what is fastest.
  static let kernelVersion = 2

  private let cache: ChoiceCache

  var folder: String { cache.folder }
  var path: String { cache.path }

  /// - Parameter folder: nil for the user's own.
  init(folder: String?, instructionSet: FFTWBackend.InstructionSet, threads: Int) {
    cache = ChoiceCache(
      folder: folder ?? CacheFolder.user(), backend: "fftw",
      machine:
        "\(Processor.name), \(instructionSet.rawValue), \(threads) thread\(threads == 1 ? "" : "s"), "
        + "kernels \(Self.kernelVersion), FFTW \(fourierLibraryVersion)")
  }

  /// What is remembered, and what is wrong with the file.
  func read() -> (tuning: Tuning, problem: String?) {
    let (choices, problem) = cache.read()
    return (Tuning(choices), problem)
  }

  /// Adds to the file what it does not have yet.
  ///
  /// - Returns: why that could not be done.
  func add(_ tuning: Tuning) -> String? { cache.add(tuning.choices) }
}
