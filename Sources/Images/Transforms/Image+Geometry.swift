extension Image {
  /// The part of the image with its top left corner at (x, y), which must lie inside.
  public func cropped(x: Int, y: Int, width: Int, height: Int) -> Image {
    precondition(x >= 0 && y >= 0 && width > 0 && height > 0, "a crop begins inside and is not empty")
    precondition(x + width <= self.width && y + height <= self.height, "a crop ends inside")
    if width == self.width && height == self.height { return self }
    var cropped = [UInt8]()
    cropped.reserveCapacity(width * height * channels)
    for row in y..<y + height {
      let start = (row * self.width + x) * channels
      cropped.append(contentsOf: pixels[start..<start + width * channels])
    }
    return Image(width: width, height: height, channels: channels, pixels: cropped)
  }

  /// The middle of the image; where the margins cannot be equal, the left and top ones are the smaller.
  public func centerCropped(width: Int, height: Int) -> Image {
    cropped(x: (self.width - width) / 2, y: (self.height - height) / 2, width: width, height: height)
  }

  /// Left and right exchanged.
  public func flippedHorizontally() -> Image { oriented(.mirrored) }

  /// The image turned upright, given the orientation that its file recorded.
  public func oriented(_ orientation: ExifOrientation) -> Image {
    let w = width, h = height
    switch orientation {
    case .up: return self
    case .mirrored: return remapped(width: w, height: h) { x, y in (w - 1 - x, y) }
    case .upsideDown: return remapped(width: w, height: h) { x, y in (w - 1 - x, h - 1 - y) }
    case .mirroredUpsideDown: return remapped(width: w, height: h) { x, y in (x, h - 1 - y) }
    case .transposed: return remapped(width: h, height: w) { x, y in (y, x) }
    case .turnedLeft: return remapped(width: h, height: w) { x, y in (y, h - 1 - x) }
    case .transversed: return remapped(width: h, height: w) { x, y in (w - 1 - y, h - 1 - x) }
    case .turnedRight: return remapped(width: h, height: w) { x, y in (w - 1 - y, x) }
    }
  }

  /// Every pixel made a square of `factor` × `factor` pixels.
  public func enlarged(_ factor: Int) -> Image {
    precondition(factor > 0, "an image grows by a positive factor")
    return remapped(width: width * factor, height: height * factor) { x, y in (x / factor, y / factor) }
  }

  /// An image of `width` × `height` whose pixel (x, y) is this one's pixel `source(x, y)`.
  private func remapped(width: Int, height: Int, _ source: (Int, Int) -> (Int, Int)) -> Image {
    var remapped = [UInt8](repeating: 0, count: width * height * channels)
    for y in 0..<height {
      for x in 0..<width {
        let (sourceX, sourceY) = source(x, y)
        let from = (sourceY * self.width + sourceX) * channels
        let to = (y * width + x) * channels
        for c in 0..<channels { remapped[to + c] = pixels[from + c] }
      }
    }
    return Image(width: width, height: height, channels: channels, pixels: remapped)
  }
}
