import SfumatoRegistry

extension Augmentation {
  /// Makes the picture brighter or darker.
  public static let brightness = Augmentation(
    name: "brightness", summary: "makes the picture brighter or darker",
    options: [
      PluginOption("amount", "The most that is added, of a range of 2", .number(default: 0.2, in: 0...2))
    ]
  ) { picture, options in
    let added = Float((2 * picture.uniform(0) - 1) * options.number("amount"))
    picture.map { $0 + added }
  }

  /// Strengthens or weakens the picture's contrast about its mean.
  public static let contrast = Augmentation(
    name: "contrast", summary: "strengthens or weakens the contrast about the picture's mean",
    options: [
      PluginOption("amount", "0.2 is from 80% to 120%", .number(default: 0.2, in: 0...1))
    ]
  ) { picture, options in
    let scale = Float(1 + (2 * picture.uniform(0) - 1) * options.number("amount"))
    let mean = picture.pixels.reduce(0, +) / Float(max(picture.pixels.count, 1))
    picture.map { mean + ($0 - mean) * scale }
  }

  /// Covers a square of the picture with grey (DeVries and Taylor, 2017).
  public static let cutout = Augmentation(
    name: "cutout", summary: "covers a square of the picture with grey",
    options: [
      PluginOption("size", "The square's side, of the picture's", .number(default: 0.25, in: 0...1)),
      PluginOption("probability", "How often", .number(default: 0.5, in: 0...1)),
    ]
  ) { picture, options in
    guard picture.uniform(2) < options.number("probability") else { return }
    let side = Double(picture.side), half = options.number("size") * side / 2
    let (x, y) = (picture.uniform(0) * side, picture.uniform(1) * side)
    for row in 0..<picture.side where abs(Double(row) + 0.5 - y) < half {
      for column in 0..<picture.side where abs(Double(column) + 0.5 - x) < half {
        let pixel = (row * picture.side + column) * picture.channels
        for c in 0..<picture.channels { picture.pixels[pixel + c] = 0 }
      }
    }
  }
}
