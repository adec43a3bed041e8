import SfumatoImages
import SfumatoRandom

/// Which part of an image a visit shows, and which way round.
public struct Framing: Sendable, Hashable {
  /// Which square of an image is used where height and width differ.
  public enum Crop: String, Sendable, CaseIterable {
    case center, random
  }

  public var crop: Crop
  /// Whether every other visit, by chance, shows the image mirrored.
  public var flip: Bool

  public init(crop: Crop = .center, flip: Bool = false) {
    self.crop = crop
    self.flip = flip
  }
}

/// What every image is made into before it is shown: a size, a number of channels, an opaque background.
public struct Preparation: Sendable, Hashable {
  /// Width and height in pixels.
  public var resolution: Int
  /// 1 (grey) or 3 (RGB).
  public var channels: Int
  /// What transparent parts show.
  public var background: Color
  public var filter: ResizeFilter

  public init(
    resolution: Int, channels: Int = 3, background: Color = .white, filter: ResizeFilter = .lanczos
  ) {
    self.resolution = resolution
    self.channels = channels
    self.background = background
    self.filter = filter
  }

  /// Beyond this ratio of sides an image is cropped in the middle first, so that scaling its shorter side up
  /// cannot make it huge.
  static let largestAspect = 4

  /// The image at the right size and channels: square for a centre crop; for a random crop only its shorter
  /// side has the resolution, and the square is chosen at each visit.
  func prepare(_ image: Image, crop: Framing.Crop) -> Image {
    let shorter = min(image.width, image.height)
    let longest = crop == .center ? shorter : shorter * Self.largestAspect
    let cropped = image.centerCropped(width: min(image.width, longest), height: min(image.height, longest))
    return cropped.converted(channels: channels, background: background)
      .resized(shorterSide: resolution, filter: filter)
  }
}

/// One visit's view of a prepared image: the square's corner, and whether it is mirrored.
struct View: Equatable {
  var x: Int
  var y: Int
  var mirrored: Bool

  /// Draws the view for visit number `position`, which alone with the seed decides it.
  init(of image: Image, resolution: Int, _ framing: Framing, seed: UInt64, position: Int) {
    let stream = RandomStream(seed: seed, step: UInt64(position), purpose: .augmentation)
    let room = (x: image.width - resolution, y: image.height - resolution)
    switch framing.crop {
    case .center: (x, y) = (room.x / 2, room.y / 2)
    case .random: (x, y) = (Self.offset(stream.word(0), room.x), Self.offset(stream.word(1), room.y))
    }
    mirrored = framing.flip && stream.word(2) >> 31 == 1
  }

  /// A word scaled to 0...room.
  private static func offset(_ word: UInt32, _ room: Int) -> Int {
    Int((UInt64(word) * UInt64(room + 1)) >> 32)
  }

  /// Writes the view as numbers in [-1, 1], laid out (H, W, C).
  func write(_ image: Image, resolution: Int, to target: UnsafeMutableBufferPointer<Float>) {
    let channels = image.channels
    precondition(target.count == resolution * resolution * channels, "a view fills its place")
    precondition(x + resolution <= image.width && y + resolution <= image.height, "a view lies inside")
    image.pixels.withUnsafeBufferPointer { pixels in
      var to = 0
      for row in y..<y + resolution {
        for column in 0..<resolution {
          let sourceColumn = x + (mirrored ? resolution - 1 - column : column)
          let from = (row * image.width + sourceColumn) * channels
          for c in 0..<channels {
            target[to] = Float(pixels[from + c]) / 127.5 - 1
            to += 1
          }
        }
      }
    }
  }
}
