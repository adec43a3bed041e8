import Foundation
import Sfumato
import SfumatoBackend
import SfumatoTraining
import Testing
import TrainingSupport

/// A run and its images do not depend on the backend, beyond rounding.
@Suite struct BackendAgreementTests {
  /// Every backend that trains, with a device of it; the oracle is the reference.
  static let infos = TrainerTests.devices.filter { $0.backend != "oracle" }

  private func open(_ info: DeviceInfo) throws -> any Device {
    try Backends.registry.entry(info.backend).backend.open(info.index)
  }

  private func losses(_ run: TinyRun) throws -> [Double] {
    try String(contentsOfFile: run.folder.logPath, encoding: .utf8).split(separator: "\n").map {
      try JSONValue(parsing: String($0))["loss"]?.number ?? .nan
    }
  }

  @Test(.enabled(if: infos.count > 1, "needs two backends; no Vulkan device was found"))
  func fiftyLossesAndASampleAgree() throws {
    let recipe = TinyRun.recipe {
      $0.training.steps = 50
      $0.sampling.count = 4
      $0.sampling.steps = 18
    }
    var reference: (losses: [Double], pixels: [UInt8])?
    let first = try TinyRun()
    defer { first.remove() }
    for (number, info) in Self.infos.enumerated() {
      let run = number == 0 ? first : try TinyRun()
      defer { if number > 0 { run.remove() } }
      let device = try open(info)
      try run.trainer(recipe, on: device).run()
      // Every backend samples from the first one's checkpoint.
      let generator = try Generator.open(first.folder.path, device: device).generator
      let pixels = try generator.images(SamplingRequest(recipe: recipe)).flatMap(\.pixels)
      let losses = try losses(run)
      #expect(losses.count == 50)
      if let reference {
        for (step, (a, b)) in zip(losses, reference.losses).enumerated() {
          #expect(abs(a - b) <= 1e-3 * abs(b), "\(info.backend), step \(step + 1): \(a) against \(b)")
        }
        #expect(signalToNoise(pixels, reference.pixels) >= 45, "\(info.backend)")
      } else {
        reference = (losses, pixels)
      }
    }
  }

  /// The peak signal-to-noise ratio in dB.
  private func signalToNoise(_ a: [UInt8], _ b: [UInt8]) -> Double {
    let squares = zip(a, b).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    return squares == 0 ? .infinity : 10 * log10(255 * 255 * Double(a.count) / squares)
  }
}
