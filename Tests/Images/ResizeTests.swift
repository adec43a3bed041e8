import Foundation
import SfumatoImages
import Testing

@Suite struct ResizeTests {
  /// The definition, in float64 and in two dimensions at once, written apart from the library's.
  private func reference(_ image: Image, _ width: Int, _ height: Int, _ filter: ResizeFilter) -> [Double] {
    func kernel(_ x: Double) -> Double {
      let x = abs(x)
      func sinc(_ x: Double) -> Double { x == 0 ? 1 : sin(Double.pi * x) / (Double.pi * x) }
      switch filter {
      case .triangle: return max(0, 1 - x)
      case .cubic:
        if x < 1 { return 1.5 * pow(x, 3) - 2.5 * pow(x, 2) + 1 }
        return x < 2 ? -0.5 * pow(x, 3) + 2.5 * pow(x, 2) - 4 * x + 2 : 0
      case .lanczos: return x < 3 ? sinc(x) * sinc(x / 3) : 0
      }
    }
    func weights(_ i: Int, _ target: Int, _ source: Int) -> [Double] {
      let scale = Double(source) / Double(target)
      let all = (0..<source).map { j in
        kernel((Double(j) + 0.5 - (Double(i) + 0.5) * scale) / max(1, scale))
      }
      return all.map { $0 / all.reduce(0, +) }
    }
    var result: [Double] = []
    for y in 0..<height {
      let vertical = weights(y, height, image.height)
      for x in 0..<width {
        let horizontal = weights(x, width, image.width)
        for c in 0..<image.channels {
          var sum = 0.0
          for (j, v) in vertical.enumerated() where v != 0 {
            for (i, h) in horizontal.enumerated() where h != 0 {
              sum += v * h * Double(image.pixels[(j * image.width + i) * image.channels + c])
            }
          }
          result.append(min(255, max(0, sum)))
        }
      }
    }
    return result
  }

  @Test(arguments: ResizeFilter.allCases, [(16, 16), (50, 7), (13, 40), (37, 5), (1, 1)])
  func agreesWithTheDefinition(filter: ResizeFilter, size: (width: Int, height: Int)) {
    let image = noise(width: 37, height: 23, channels: 3)
    let resized = image.resized(width: size.width, height: size.height, filter: filter)
    let expected = reference(image, size.width, size.height, filter)
    #expect(resized.pixels.count == expected.count)
    let worst = zip(resized.pixels, expected).map { abs(Double($0) - $1) }.max() ?? .infinity
    #expect(worst < 0.501)
  }

  @Test(arguments: ResizeFilter.allCases, [(16, 16), (90, 31)])
  func agreesWithPillow(filter: ResizeFilter, size: (width: Int, height: Int)) throws {
    let expected = try Image(
      decoding: fixture("resized-\(filter.rawValue)-\(size.width)x\(size.height).png"))
    var source = testImage(width: 61, height: 47)
    source.pixels = source.pixels.map { 64 + $0 / 2 }
    let resized = source.resized(
      width: size.width, height: size.height, filter: filter)
    #expect(resized.hasSameShape(as: expected))
    // Pillow rounds between the two axes.
    #expect(largestDifference(resized, expected) <= 1)
  }

  @Test func transparentPixelsLendNoColor() {
    // Opaque red beside transparent green: the mix is red, half transparent.
    let image = Image(width: 2, height: 1, channels: 4, pixels: [255, 0, 0, 255, 0, 255, 0, 0])
    let mixed = image.resized(width: 1, height: 1, filter: .triangle)
    #expect(mixed.pixels == [255, 0, 0, 128])
  }

  @Test func keepsProportions() {
    let wide = testImage(width: 100, height: 50).resized(shorterSide: 32)
    #expect(wide.width == 64 && wide.height == 32)
    let tall = testImage(width: 31, height: 47).resized(shorterSide: 16)
    #expect(tall.width == 16 && tall.height == 24)
    let thin = testImage(width: 1, height: 3).resized(shorterSide: 8)
    #expect(thin.width == 8 && thin.height == 24)
  }
}
