import SfumatoRegistry
import Testing

@testable import SfumatoDatasets

@Suite struct AugmentationTests {
  private static let side = 16

  /// A grey ramp across and another colour down, varied as visit `position` is.
  private func varied(_ named: [String: [String: OptionValue]], position: Int = 7, seed: UInt64 = 3) throws
    -> [Float]
  {
    var pixels: [Float] = []
    for row in 0..<Self.side {
      for column in 0..<Self.side { pixels += [Float(column) / 20 - 0.5, Float(row) / 20 - 0.5, 0.25] }
    }
    let chosen = try Augmentations.chosen(named)
    pixels.withUnsafeMutableBufferPointer { chosen.vary($0, side: Self.side, seed: seed, position: position) }
    return pixels
  }

  @Test func noneChangesNothing() throws {
    let plain = try varied([:])
    #expect(try varied(["translate": ["pixels": 0], "rotate": ["degrees": 0]]) == plain)
    #expect(try varied(["brightness": ["amount": 0], "cutout": ["probability": 0]]) == plain)
  }

  @Test(arguments: ["translate", "rotate", "brightness", "contrast", "cutout"])
  func eachVisitIsItsOwn(_ name: String) throws {
    let options: [String: OptionValue] = name == "cutout" ? ["probability": 1] : [:]
    let views = try (0..<6).map { try varied([name: options], position: $0) }
    #expect(Set(views).count >= 4, "a few draws may meet")
    #expect(views == (try (0..<6).map { try varied([name: options], position: $0) }))
    #expect(try varied([name: options], position: 5, seed: 4) != views[5])
    #expect(views.allSatisfy { $0.allSatisfy { (-1...1).contains($0) } })
  }

  @Test func translationMovesWholePixels() throws {
    let plain = try varied([:])
    for position in 0..<20 {
      let moved = try varied(["translate": ["pixels": 3]], position: position)
      // Far from the edges the ramps are moved by the same whole number of pixels everywhere.
      let across = (moved[(8 * 16 + 8) * 3] - plain[(8 * 16 + 8) * 3]) * 20
      let down = (moved[(8 * 16 + 8) * 3 + 1] - plain[(8 * 16 + 8) * 3 + 1]) * 20
      #expect(abs(across - across.rounded()) < 1e-4 && abs(across) <= 3.001)
      #expect(abs(down - down.rounded()) < 1e-4 && abs(down) <= 3.001)
      #expect(moved[2] == 0.25)
    }
  }

  @Test func rotationKeepsTheCentre() throws {
    for position in 0..<10 {
      let turned = try varied(["rotate": ["degrees": 90]], position: position), plain = try varied([:])
      func mean(_ pixels: [Float]) -> Float {
        [(7, 7), (8, 7), (7, 8), (8, 8)].reduce(0) { $0 + pixels[($1.1 * 16 + $1.0) * 3] } / 4
      }
      #expect(abs(mean(turned) - mean(plain)) < 1e-4)
    }
  }

  @Test func cutoutCoversItsShare() throws {
    let covered = try varied(["cutout": ["probability": 1, "size": 0.5]], position: 2)
    let count = stride(from: 2, to: covered.count, by: 3).count { covered[$0] == 0 }
    #expect(count > 0 && count <= 64)
  }

  @Test func mistakesAreNamed() {
    let unknown = #expect(throws: RegistryError.self) { try Augmentations.chosen(["translat": [:]]) }
    #expect(unknown?.description.contains("did you mean \"translate\"?") == true)
    let option = #expect(throws: RegistryError.self) { try Augmentations.chosen(["rotate": ["pixels": 1]]) }
    #expect(option?.description.contains("augmentation \"rotate\" has no option \"pixels\"") == true)
    let value = #expect(throws: RegistryError.self) { try Augmentations.chosen(["rotate": ["degrees": 900]]) }
    #expect(value?.description.contains("from 0.0 to 180.0") == true)
  }

  /// What an application adds is found and drawn for like any other.
  @Test func applicationsAddTheirOwn() throws {
    let invert = Augmentation(name: "test-invert", summary: "swaps light and dark") { image, _ in
      if image.uniform(63) < 2 { image.map { -$0 } }
    }
    Augmentations.registry.register(invert)
    #expect(try varied(["test-invert": [:]]) == varied([:]).map { -$0 })
  }
}
