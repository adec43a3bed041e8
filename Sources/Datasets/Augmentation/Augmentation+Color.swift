import SfumatoRegistry

extension Augmentation {
  /// Makes the image brighter or darker.
  public static let brightness = Augmentation(
    name: "brightness", summary: "makes the image brighter or darker",
    options: [
      PluginOption("amount", "The most that is added, of a range of 2", .number(default: 0.2, in: 0...2))
    ]
  ) { image, options in
    let added = Float((2 * image.uniform(0) - 1) * options.number("amount"))
    image.map { $0 + added }
  }

  /// Strengthens or weakens the image's contrast about its mean.
  public static let contrast = Augmentation(
    name: "contrast", summary: "strengthens or weakens the contrast about the image's mean",
    options: [
      PluginOption("amount", "0.2 is from 80% to 120%", .number(default: 0.2, in: 0...1))
    ]
  ) { image, options in
    let scale = Float(1 + (2 * image.uniform(0) - 1) * options.number("amount"))
    let mean = image.pixels.reduce(0, +) / Float(max(image.pixels.count, 1))
    image.map { mean + ($0 - mean) * scale }
  }

  /// Covers a square of the image with grey (DeVries and Taylor, 2017).
  public static let cutout = Augmentation(
    name: "cutout", summary: "covers a square of the image with grey",
    options: [
      PluginOption("size", "The square's side, of the image's", .number(default: 0.25, in: 0...1)),
      PluginOption("probability", "How often", .number(default: 0.5, in: 0...1)),
    ]
  ) { image, options in
    guard image.uniform(2) < options.number("probability") else { return }
    let side = Double(image.side), half = options.number("size") * side / 2
    let (x, y) = (image.uniform(0) * side, image.uniform(1) * side)
    for row in 0..<image.side where abs(Double(row) + 0.5 - y) < half {
      for column in 0..<image.side where abs(Double(column) + 0.5 - x) < half {
        let pixel = (row * image.side + column) * image.channels
        for c in 0..<image.channels { image.pixels[pixel + c] = 0 }
      }
    }
  }
}
