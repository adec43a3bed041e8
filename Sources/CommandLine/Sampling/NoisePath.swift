import ArgumentParser
import Sfumato

/// Two seeds and how many images lead from one to the other, as the command line has them: `3:8:10`.
struct Interpolation: Sendable {
  var first: UInt64
  var last: UInt64
  var count: Int

  /// - Throws: `ValidationError`.
  init(parsing text: String) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let first = UInt64(parts[0]), let last = UInt64(parts[1]),
      let count = Int(parts[2]), (2...SeedList.limit).contains(count)
    else {
      throw ValidationError(
        "it must be two seeds and a number of images from 2 to \(SeedList.limit), such as 3:8:10")
    }
    (self.first, self.last, self.count) = (first, last, count)
  }
}

/// A path through the noise that images lie along.
enum NoisePath {
  /// From one seed to another, as a strip.
  case line(Interpolation)
  /// Through seeds and back to the first, as an animation.
  case loop(framesBetween: Int)

  /// The points of a path through `seeds`, or between those of a line.
  func points(_ seeds: [UInt64]) -> [NoisePoint] {
    switch self {
    case .line(let line): NoisePoint.path(from: line.first, to: line.last, count: line.count)
    case .loop(let frames): NoisePoint.loop(through: seeds, count: frames)
    }
  }

  /// What a PNG's text says of it, in the command line's words.
  var record: (key: String, value: String) {
    switch self {
    case .line(let line): ("Interpolate", "\(line.first):\(line.last):\(line.count)")
    case .loop(let frames): ("Walk", "\(frames)")
    }
  }

  /// Where it goes when nothing else is said.
  var usualFile: String {
    switch self {
    case .line: "interpolation.png"
    case .loop: "walk.apng"
    }
  }

  /// The file that shows the images.
  func encoded(_ images: [Image], text: [PNGText]) throws -> [UInt8] {
    switch self {
    case .line:
      let columns = images.count <= 16 ? images.count : Int(Double(images.count).squareRoot().rounded(.up))
      return try Image.grid(images, columns: columns)?.encodedPNG(text: text) ?? []
    case .loop: return try AnimatedPNG.encode(images, delay: 80, text: text)
    }
  }
}
