import SfumatoImages
import Testing

@Suite struct TransformTests {
  @Test func cropsAndFlips() {
    let image = testImage()
    let crop = image.cropped(x: 3, y: 2, width: 5, height: 4)
    #expect(Array(crop[0, 0]) == expectedPixel(3, 2) && Array(crop[4, 3]) == expectedPixel(7, 5))
    let center = image.centerCropped(width: 9, height: 16)
    #expect(Array(center[0, 0]) == expectedPixel(7, 0))
    let flipped = image.flippedHorizontally()
    #expect(Array(flipped[0, 3]) == expectedPixel(23, 3))
    #expect(flipped.flippedHorizontally() == image)
  }

  @Test func orientationsThatSwapAxes() {
    let image = testImage()
    #expect(Array(image.oriented(.transposed)[2, 5]) == expectedPixel(5, 2))
    #expect(Array(image.oriented(.turnedLeft)[15, 0]) == expectedPixel(0, 0))
    #expect(Array(image.oriented(.turnedRight)[0, 23]) == expectedPixel(0, 0))
    #expect(Array(image.oriented(.transversed)[15, 23]) == expectedPixel(0, 0))
  }

  @Test func compositesOnABackground() {
    let image = Image(
      width: 3, height: 1, channels: 4, pixels: [10, 20, 30, 255, 10, 20, 30, 0, 0, 0, 0, 128])
    #expect(image.composited(on: .white).pixels == [10, 20, 30, 255, 255, 255, 127, 127, 127])
    #expect(image.composited(on: .black).pixels == [10, 20, 30, 0, 0, 0, 0, 0, 0])
    let tinted = Image(width: 1, height: 1, channels: 4, pixels: [10, 0, 255, 100])
    #expect(tinted.composited(on: .white).pixels == [159, 155, 255])  // 158.9, 155, 255
    #expect(testImage().composited(on: .black) == testImage())
  }

  @Test func convertsChannels() {
    let color = Image(width: 1, height: 1, channels: 3, pixels: [200, 100, 50])
    let grey = color.converted(channels: 1)
    #expect(grey.pixels == [124])  // 59.8 + 58.7 + 5.7 = 124.2
    #expect(grey.converted(channels: 3).pixels == [124, 124, 124])
    #expect(grey.converted(channels: 4).pixels == [124, 124, 124, 255])
    #expect(color.converted(channels: 4).pixels == [200, 100, 50, 255])
    let clear = Image(width: 1, height: 1, channels: 4, pixels: [0, 0, 0, 0])
    #expect(clear.converted(channels: 1, background: .white).pixels == [255])
  }

  @Test func composesGrids() throws {
    let images = (0..<5).map {
      Image(width: 2, height: 2, channels: 3, filledWith: Color(red: UInt8($0), green: 0, blue: 0))
    }
    let grid = try #require(Image.grid(images, columns: 3, gap: 1))
    #expect(grid.width == 8 && grid.height == 5)
    #expect(Array(grid[0, 0]) == [0, 0, 0] && Array(grid[3, 3]) == [4, 0, 0])
    #expect(Array(grid[2, 0]) == [255, 255, 255] && Array(grid[7, 4]) == [255, 255, 255])
    #expect(Image.grid([], columns: 3) == nil)
    let strip = try #require(Image.strip(images, gap: 0))
    #expect(strip.width == 10 && strip.height == 2 && Array(strip[9, 1]) == [4, 0, 0])
  }

  @Test func gridCentersSmallImages() throws {
    let large = Image(width: 4, height: 4, channels: 1, filledWith: .black)
    let small = Image(width: 2, height: 2, channels: 1, filledWith: .black)
    let grid = try #require(Image.grid([large, small], columns: 2, gap: 0))
    #expect(grid.channels == 1 && grid.width == 8)
    #expect(Array(grid[4, 0]) == [255] && Array(grid[4, 1]) == [255])
    #expect(Array(grid[5, 0]) == [255] && Array(grid[5, 1]) == [0] && Array(grid[7, 3]) == [255])
  }

  @Test func normalizesAndBack() {
    let image = noise(width: 9, height: 7, channels: 3)
    let numbers = Image.normalized([image, image])
    #expect(numbers.count == 2 * 9 * 7 * 3)
    #expect((numbers.min() ?? 9) >= -1 && (numbers.max() ?? 9) <= 1)
    #expect(Image.images(fromNormalized: numbers, width: 9, height: 7, channels: 3) == [image, image])
    let clamped = Image.images(
      fromNormalized: [-5, 5, .nan, 0, -1, 1], width: 6, height: 1, channels: 1)
    #expect(clamped[0].pixels == [0, 255, 0, 128, 0, 255])
  }

  @Test func readsColors() {
    #expect(Color("#ff8000") == Color(red: 255, green: 128, blue: 0))
    #expect(Color("white") == .white && Color("gray") == Color("grey"))
    for wrong in ["", "#", "#12345", "#1234567", "#gggggg", "mauve", "#+12345"] {
      #expect(Color(wrong) == nil)
    }
    #expect(Color(red: 1, green: 255, blue: 16).description == "#01ff10")
  }
}
