import Foundation
import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import Testing

@testable import SfumatoFFTWBackend

/// Measured choices: remembered, shared, kept.
@Suite struct TuningTests {
  /// The model sees tiles and transforms close to each other here.
  static let layer = LayerPass(
    geometry: ConvGeometry(
      inputHeight: 12, inputWidth: 12, inChannels: 64, outChannels: 64, kernelHeight: 5, kernelWidth: 5,
      padTop: 2, padLeft: 2, padBottom: 2, padRight: 2), pass: .forward, batch: 8)

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func device(
    _ folder: String, _ method: FFTWBackend.ConvolutionMethod = .measured, threads: Int = 1
  ) throws -> CPUDevice {
    try FFTWBackend(options: .init(threads: threads, convolution: method, cacheFolder: folder)).openCPU()
  }

  private func program(_ layer: LayerPass = Self.layer) throws -> Program {
    let builder = GraphBuilder(), g = layer.geometry
    let x = try builder.input("x", .f32, g.inputShape(batch: layer.batch))
    let w = try builder.input("w", .f32, g.weightShape)
    try builder.output("y", builder.apply(.conv(g), x, w))
    return try builder.finish()
  }

  /// Compiles and runs the layer.
  private func run(_ device: CPUDevice) throws -> (result: HostTensor, notes: [String]) {
    let program = try program()
    let step = try device.makeStep(program, state: device.makeState([]))
    try step.run(
      Dictionary(
        uniqueKeysWithValues: program.inputs.map { port in
          let type = program[port.value]
          return (port.name, HostTensor(type, rounding: (0..<type.count).map { sin(Double($0)) }))
        }))
    return (try #require(step.outputs()["y"]), step.notes)
  }

  private func cache(_ folder: String, threads: Int = 1) -> TuningCache {
    TuningCache(folder: folder, instructionSet: .widest, threads: threads)
  }

  @Test func whatIsMeasuredIsRememberedAndNotMeasuredAgain() throws {
    try withFolder { folder in
      let contenders = ConvolutionChoice(Self.layer, .measured).contenders.map(\.name)
      #expect(contenders.count >= 2 && contenders.contains("tiles"))
      let first = try device(folder)
      _ = try run(first)
      let chosen = try #require(first.tuner.taken.convolutions[Self.layer.key])
      #expect(contenders.contains(chosen))
      #expect(cache(folder).read().tuning.convolutions == [Self.layer.key: chosen])
      // A memory that is wrong is believed all the same: nothing was measured.
      let wrong = try #require(contenders.first { $0 != chosen })
      try FileManager.default.removeItem(atPath: folder)
      #expect(cache(folder).add(Tuning(convolutions: [Self.layer.key: wrong])) == nil)
      let second = try device(folder)
      _ = try run(second)
      #expect(second.tuner.taken.convolutions[Self.layer.key] == wrong)
    }
  }

  @Test func onlyCloseWaysAreMeasured() throws {
    try withFolder { folder in
      let device = try device(folder)
      var layer = Self.layer
      layer.batch = 32
      layer.geometry = ConvGeometry(
        inputHeight: 16, inputWidth: 16, inChannels: 128, outChannels: 128, kernelHeight: 3, kernelWidth: 3,
        padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
      #expect(ConvolutionChoice(layer, .measured).contenders == [.winograd])
      _ = try device.makeStep(program(layer), state: device.makeState([]))
      #expect(device.tuner.taken.convolutions[layer.key] == "winograd")
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test func otherMethodsWriteNothing() throws {
    try withFolder { folder in
      for method in FFTWBackend.ConvolutionMethod.allCases where method != .measured {
        _ = try run(device(folder, method))
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  /// The choices of one device give another one the same bits, whatever that was told and remembers.
  @Test(arguments: ["tiles", "fourier"]) func keptChoicesGiveTheSameBits(way: String) throws {
    try withFolder { folder in
      let ways = ConvolutionChoice(Self.layer, .measured).contenders.map(\.name)
      let found = ways.first { $0.hasPrefix(way) }
      let name = try #require(found)
      let other = ways.filter { $0 != name }[0]
      #expect(cache(folder).add(Tuning(convolutions: [Self.layer.key: name])) == nil)
      let first = try device(folder)
      let expected = try run(first).result
      #expect(first.tuning["transforms"]?.object?.keys.isEmpty != true)
      #expect((first.tuning["transforms"] != nil) == (way == "fourier"))
      try FileManager.default.removeItem(atPath: folder)
      #expect(cache(folder).add(Tuning(convolutions: [Self.layer.key: other])) == nil)
      for method in FFTWBackend.ConvolutionMethod.allCases {
        let second = try device(folder, method, threads: 2)
        let tuning = try #require(try JSONValue(parsing: JSONValue.object(first.tuning).line).object)
        try second.keep(tuning)
        let (result, notes) = try run(second)
        #expect(result == expected && second.tuning == first.tuning && notes.isEmpty, "\(method) \(notes)")
      }
      #expect(try run(device(folder)).result != expected)
    }
  }

  @Test func whatWasKeptButCannotBeIsSaid() throws {
    try withFolder { folder in
      let device = try device(folder, .cheapest)
      #expect(throws: BackendError.self) { try device.keep(["convolutions": [1]]) }
      #expect(throws: BackendError.self) { try device.keep(["transforms": ["8×8×2": 3]]) }
      try device.keep(["convolutions": [Self.layer.key: "winograd"]])
      #expect(try run(device).notes.contains { $0.contains("is no algorithm for it") })
    }
  }

  @Test(arguments: [
    "", "{", "[]", "{\"format\":2,\"machines\":{}}", "{\"format\":1,\"machines\":3}",
  ])
  func aDamagedFileIsReplaced(text: String) throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(text.utf8).write(to: URL(fileURLWithPath: cache(folder).path))
      let device = try device(folder)
      let notes = try run(device).notes
      #expect(notes.contains("\(folder)/fftw.json is damaged; measuring again"), "\(notes)")
      let read = cache(folder).read()
      #expect(read.problem == nil && read.tuning.convolutions.count == 1)
    }
  }

  @Test func damagedEntriesAreReplaced() throws {
    try withFolder { folder in
      let cache = cache(folder)
      #expect(cache.add(Tuning(convolutions: [Self.layer.key: "tiles"])) == nil)
      let text = try String(contentsOfFile: cache.path, encoding: .utf8)
      try text.replacingOccurrences(of: "\"tiles\"", with: "7").write(
        toFile: cache.path, atomically: false, encoding: .utf8)
      #expect(try run(device(folder)).notes.contains { $0.contains("is damaged") })
      #expect(cache.read().problem == nil && cache.read().tuning.convolutions.count == 1)
    }
  }

  @Test func aFolderThatCannotBeWrittenIsSaid() throws {
    try withFolder { folder in
      try Data().write(to: URL(fileURLWithPath: folder))
      let (_, notes) = try run(device(folder + "/cache"))
      #expect(notes.count == 1 && notes[0].hasSuffix("what was measured is not remembered"), "\(notes)")
    }
  }

  @Test func writersAtOnceLoseNothing() throws {
    try withFolder { folder in
      DispatchQueue.concurrentPerform(iterations: 24) { number in
        let cache = TuningCache(folder: folder, instructionSet: .widest, threads: 1 + number % 2)
        #expect(cache.add(Tuning(convolutions: ["\(number)": "tiles"])) == nil)
      }
      #expect(cache(folder).read().tuning.convolutions.count == 12)
      #expect(cache(folder, threads: 2).read().tuning.convolutions.count == 12)
      let files = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(files.sorted() == ["fftw.json", "fftw.lock"])
      // What is remembered stays.
      #expect(cache(folder).add(Tuning(convolutions: ["0": "winograd"])) == nil)
      #expect(cache(folder).read().tuning.convolutions["0"] == "tiles")
    }
  }

  @Test func threadsAndInstructionSetsAreApart() throws {
    try withFolder { folder in
      let known = cache(folder)
      #expect(known.add(Tuning(convolutions: ["a": "tiles"])) == nil)
      #expect(cache(folder, threads: 2).read().tuning.isEmpty)
      for set in FFTWBackend.InstructionSet.allCases where set != .widest {
        #expect(TuningCache(folder: folder, instructionSet: set, threads: 1).read().tuning.isEmpty)
      }
      #expect(!known.read().tuning.isEmpty)
      let other = try FFTWBackend(
        options: .init(threads: 3, convolution: .measured, instructionSet: .portable, cacheFolder: folder)
      ).openCPU()
      _ = try run(other)
      let file = try JSONValue(parsing: try #require(FileManager.default.contents(atPath: known.path)))
      let machines = try #require(file["machines"]?.object?.keys)
      #expect(machines.count == 2 && machines.contains { $0.contains("portable, 3 threads") })
    }
  }

  @Test func theFolderIsTheUsers() {
    #expect(CacheFolder.user(["SFUMATO_CACHE": "/a", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/a")
    #expect(
      CacheFolder.user(["SFUMATO_CACHE": "", "XDG_CACHE_HOME": "/b", "HOME": "/c"]) == "/b/sfumato")
    #expect(CacheFolder.user(["XDG_CACHE_HOME": "b", "HOME": "/c"]) == "/c/.cache/sfumato")
  }
}
