import Foundation
import SfumatoRegistry

extension Augmentation {
  /// Moves the image by whole pixels; the edge goes on where it leaves a gap.
  public static let translate = Augmentation(
    name: "translate", summary: "moves the image by whole pixels; its edge fills the gap",
    options: [
      PluginOption("pixels", "The largest shift, in either direction", .integer(default: 2, in: 0...256))
    ]
  ) { image, options in
    let farthest = options.number("pixels")
    func draw(_ index: Int) -> Double {
      (image.uniform(index) * (2 * farthest + 1)).rounded(.down) - farthest
    }
    let (across, down) = (draw(0), draw(1))
    image.resample { ($0 - across, $1 - down) }
  }

  /// Turns the image about its centre.
  public static let rotate = Augmentation(
    name: "rotate", summary: "turns the image about its centre; its edge fills the gaps",
    options: [
      PluginOption("degrees", "The largest rotation, in either direction", .number(default: 10, in: 0...180))
    ]
  ) { image, options in
    let angle = (2 * image.uniform(0) - 1) * options.number("degrees") * Double.pi / 180
    let centre = Double(image.side - 1) / 2, (cosine, sine) = (cos(angle), sin(angle))
    image.resample { x, y in
      (
        centre + cosine * (x - centre) + sine * (y - centre),
        centre - sine * (x - centre) + cosine * (y - centre)
      )
    }
  }
}
