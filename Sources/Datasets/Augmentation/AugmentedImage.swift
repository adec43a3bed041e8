import SfumatoRandom

/// An image on its way into a batch, and the random numbers of this visit.
public struct AugmentedImage {
  /// Width and height in pixels.
  public let side: Int
  public let channels: Int
  /// Numbers in [-1, 1], laid out (H, W, C).
  public var pixels: UnsafeMutableBufferPointer<Float>
  private let stream: RandomStream
  /// Of the draws, those that belong to one augmentation.
  private let firstDraw: Int

  /// A visit has room for so many draws of each augmentation.
  static let drawsEach = 64

  init(_ pixels: UnsafeMutableBufferPointer<Float>, side: Int, stream: RandomStream, number: Int) {
    self.pixels = pixels
    self.side = side
    channels = side > 0 ? pixels.count / (side * side) : 0
    self.stream = stream
    // The first draws frame the image.
    firstDraw = (1 + number) * Self.drawsEach
  }

  /// Draw `index`, 0 to 63, of this visit and augmentation: uniform in the open interval (0, 1).
  public func uniform(_ index: Int) -> Double {
    precondition((0..<Self.drawsEach).contains(index), "an augmentation has draws 0 to 63")
    return stream.uniform(firstDraw + index)
  }

  /// Replaces every pixel by what `source` finds for it: a place in the image as it was, in pixels, between which is
  /// interpolated linearly and beyond whose edge the edge goes on.
  public mutating func resample(_ source: (_ x: Double, _ y: Double) -> (x: Double, y: Double)) {
    let old = Array(pixels), last = side - 1
    for row in 0..<side {
      for column in 0..<side {
        let place = source(Double(column), Double(row))
        let x = min(max(place.x, 0), Double(last)), y = min(max(place.y, 0), Double(last))
        let (left, top) = (Int(x), Int(y)), (right, bottom) = (min(left + 1, last), min(top + 1, last))
        let (across, down) = (Float(x) - Float(left), Float(y) - Float(top))
        for c in 0..<channels {
          func at(_ x: Int, _ y: Int) -> Float { old[(y * side + x) * channels + c] }
          let upper = at(left, top) * (1 - across) + at(right, top) * across
          let lower = at(left, bottom) * (1 - across) + at(right, bottom) * across
          pixels[(row * side + column) * channels + c] = upper * (1 - down) + lower * down
        }
      }
    }
  }

  /// Replaces every number, and keeps it in [-1, 1].
  public mutating func map(_ function: (Float) -> Float) {
    for i in pixels.indices { pixels[i] = min(max(function(pixels[i]), -1), 1) }
  }
}

extension [ChosenAugmentation] {
  /// Applies all to one image of visit number `position`, which alone with the seed decides what is drawn.
  func vary(_ pixels: UnsafeMutableBufferPointer<Float>, side: Int, seed: UInt64, position: Int) {
    let stream = RandomStream(seed: seed, step: UInt64(position), purpose: .augmentation)
    for (number, chosen) in enumerated() {
      var image = AugmentedImage(pixels, side: side, stream: stream, number: number)
      chosen.augmentation.body(&image, chosen.options)
    }
  }
}
