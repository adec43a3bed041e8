#if FFTW
  import Foundation
  import SfumatoBackend
  import SfumatoFFTWBackend
  import SfumatoJSON
  import SfumatoTraining
  import Testing
  import TrainingSupport

  /// Runs on a device that chooses by measuring give the same bits after a resume, whatever is remembered then.
  @Suite struct TuningTests {
    private static let recipe = TinyRun.recipe { $0.training.steps = 4 }
    private static let half = TinyRun.recipe { $0.training.steps = 2 }

    private func device(
      _ cache: TinyRun, _ method: FFTWBackend.ConvolutionMethod = .measured, threads: Int = 2
    ) throws -> any Device {
      try FFTWBackend(
        options: .init(threads: threads, convolution: method, cacheFolder: cache.folder.path)
      ).open(0)
    }

    /// Has the memory say the opposite of what was measured.
    private func contradict(_ cache: TinyRun) throws {
      let path = cache.folder.path + "/fftw.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let turned = text.replacingOccurrences(of: "\"winograd\"", with: "\"\u{1}\"")
        .replacingOccurrences(of: "\"tiles\"", with: "\"winograd\"")
        .replacingOccurrences(of: "\u{1}", with: "tiles")
      #expect(turned != text)
      try turned.write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test(arguments: [false, true]) func resumeIsTheSameRun(isDeleted: Bool) throws {
      let whole = try TinyRun(), halves = try TinyRun(), cache = try TinyRun()
      defer { [whole, halves, cache].forEach { $0.remove() } }
      try whole.trainer(Self.recipe, on: device(cache)).run()
      try halves.trainer(Self.half, on: device(cache)).run()
      if isDeleted { cache.remove() } else { try contradict(cache) }
      try halves.trainer(Self.recipe, on: device(cache), resume: true).run()
      #expect(try whole.files(step: 4) == halves.files(step: 4))
      #expect(try whole.log() == halves.log())
    }

    /// What a run was begun with counts, not what it is resumed with.
    @Test func resumeKeepsTheWays() throws {
      let whole = try TinyRun(), halves = try TinyRun(), cache = try TinyRun()
      defer { [whole, halves, cache].forEach { $0.remove() } }
      try whole.trainer(Self.recipe, on: device(cache, .tiles)).run()
      try halves.trainer(Self.half, on: device(cache, .tiles)).run()
      try halves.trainer(Self.recipe, on: device(cache, threads: 1), resume: true).run()
      #expect(try whole.files(step: 4) == halves.files(step: 4))
    }

    @Test func withoutItsChoicesARunIsAnotherAndSaysSo() throws {
      let whole = try TinyRun(), halves = try TinyRun(), cache = try TinyRun()
      defer { [whole, halves, cache].forEach { $0.remove() } }
      try whole.trainer(Self.recipe, on: device(cache)).run()
      try halves.trainer(Self.half, on: device(cache)).run()
      try contradict(cache)
      try FileManager.default.removeItem(atPath: halves.folder.tuningPath)
      let notes = Notes()
      try halves.trainer(Self.recipe, on: device(cache), resume: true).run(observers: [notes])
      #expect(notes.texts.contains { $0.contains("tuning.json is missing") }, "\(notes.texts)")
      #expect(try whole.files(step: 4) != halves.files(step: 4))
    }

    /// Programs that are compiled on the way add theirs.
    @Test func samplesKeepTheirChoicesToo() throws {
      let run = try TinyRun(), cache = try TinyRun()
      defer { [run, cache].forEach { $0.remove() } }
      try run.trainer(
        TinyRun.recipe {
          $0.training.steps = 1
          $0.training.sampleEvery = 1
        }, on: device(cache)
      ).run()
      let data = try Data(contentsOf: URL(fileURLWithPath: run.folder.tuningPath))
      let keys = try JSONValue(parsing: data)["fftw"]?["convolutions"]?.object?.keys ?? []
      #expect(
        keys.contains { $0.hasPrefix("forward 2 ×") } && keys.contains { $0.hasPrefix("gradWeight 4 ×") })
    }

    @Test(arguments: ["{", "{\"fftw\":{\"convolutions\":[]}}"])
    func damagedChoicesAreRefused(text: String) throws {
      let run = try TinyRun(), cache = try TinyRun()
      defer { [run, cache].forEach { $0.remove() } }
      try run.trainer(Self.half, on: device(cache)).run()
      try Data(text.utf8).write(to: URL(fileURLWithPath: run.folder.tuningPath))
      #expect {
        _ = try run.trainer(Self.recipe, on: device(cache), resume: true)
      } throws: { error in
        "\(error)".hasPrefix(run.folder.tuningPath) && "\(error)".contains("delete it")
          && (error as? TrainingError)?.exitCode == .badData
      }
    }

    private final class Notes: TrainingObserver {
      private(set) var texts: [String] = []
      func observe(_ event: TrainingEvent) { if case .note(let text) = event { texts.append(text) } }
    }
  }
#endif
