extension Image {
  /// The image at another size, antialiased: each axis in turn, with `filter` stretched over all the source
  /// pixels that a target pixel covers. Transparent pixels lend no colour to their neighbours.
  ///
  /// Computed in Float; rounded once, at the end. Besides the two images it takes 16 bytes for every target
  /// column of every source row.
  public func resized(width: Int, height: Int, filter: ResizeFilter = .cubic) -> Image {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    if width == self.width && height == self.height { return self }
    let rows = resizedRows(filter.taps(from: self.width, to: width))
    var pixels = [UInt8](repeating: 0, count: width * height * channels)
    for (y, tap) in filter.taps(from: self.height, to: height).enumerated() {
      var row = [SIMD4<Float>](repeating: .zero, count: width)
      for (offset, weight) in tap.weights.enumerated() {
        let from = (tap.start + offset) * width
        for x in 0..<width { row[x] += weight * rows[from + x] }
      }
      for x in 0..<width { store(row[x], in: &pixels, at: (y * width + x) * channels) }
    }
    return Image(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// The image scaled so that its shorter side is `side`; the longer side keeps the proportions, to the
  /// nearest pixel.
  public func resized(shorterSide side: Int, filter: ResizeFilter = .cubic) -> Image {
    let shorter = min(width, height), longer = max(width, height)
    let other = max(side, (2 * longer * side + shorter) / (2 * shorter))
    return width <= height
      ? resized(width: side, height: other, filter: filter)
      : resized(width: other, height: side, filter: filter)
  }

  /// Every row with one pixel a tap; the lanes are channels, premultiplied by alpha where there is one.
  private func resizedRows(_ taps: [(start: Int, weights: [Float])]) -> [SIMD4<Float>] {
    var result = [SIMD4<Float>](repeating: .zero, count: height * taps.count)
    var row = [SIMD4<Float>](repeating: .zero, count: width)
    for y in 0..<height {
      load(row: y, into: &row)
      for (x, tap) in taps.enumerated() {
        var sum = SIMD4<Float>.zero
        for (offset, weight) in tap.weights.enumerated() { sum += weight * row[tap.start + offset] }
        result[y * taps.count + x] = sum
      }
    }
    return result
  }

  private func load(row y: Int, into row: inout [SIMD4<Float>]) {
    let first = y * width * channels
    for x in 0..<width {
      let from = first + x * channels
      switch channels {
      case 1: row[x][0] = Float(pixels[from])
      case 3: row[x] = SIMD4(Float(pixels[from]), Float(pixels[from + 1]), Float(pixels[from + 2]), 0)
      default:
        let alpha = Float(pixels[from + 3])
        let color = SIMD4(Float(pixels[from]), Float(pixels[from + 1]), Float(pixels[from + 2]), 255)
        row[x] = color * (alpha / 255)
      }
    }
  }

  private func store(_ value: SIMD4<Float>, in pixels: inout [UInt8], at offset: Int) {
    guard channels == 4 else {
      for c in 0..<channels { pixels[offset + c] = byte(value[c]) }
      return
    }
    let alpha = byte(value[3])
    if alpha == 0 { return }
    for c in 0..<3 { pixels[offset + c] = byte(value[c] * 255 / value[3]) }
    pixels[offset + 3] = alpha
  }
}

/// To the nearest byte; halves go up.
@inline(__always)
func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value + 0.5))) }
