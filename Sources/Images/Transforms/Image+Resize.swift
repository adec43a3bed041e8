extension Image {
  /// The picture at another size, antialiased: each axis in turn, with `filter` stretched over all the source
  /// pixels that a target pixel covers. Transparent pixels lend no colour to their neighbours.
  public func resized(width: Int, height: Int, filter: ResizeFilter = .cubic) -> Image {
    precondition(width > 0 && height > 0, "an image has at least one pixel")
    if width == self.width && height == self.height { return self }
    var samples = premultiplied()
    if width != self.width {
      samples = resizedRows(
        samples, width: self.width, channels: channels, filter.taps(from: self.width, to: width))
    }
    if height != self.height {
      samples = resizedColumns(samples, stride: width * channels, filter.taps(from: self.height, to: height))
    }
    return Image(unpremultiplying: samples, width: width, height: height, channels: channels)
  }

  /// The picture scaled so that its shorter side is `side`; the longer side keeps the proportions, to the
  /// nearest pixel.
  public func resized(shorterSide side: Int, filter: ResizeFilter = .cubic) -> Image {
    let shorter = min(width, height), longer = max(width, height)
    let other = max(side, (2 * longer * side + shorter) / (2 * shorter))
    return width <= height
      ? resized(width: side, height: other, filter: filter)
      : resized(width: other, height: side, filter: filter)
  }

  private func premultiplied() -> [Float] {
    guard channels == 4 else { return pixels.map { Float($0) } }
    var samples = [Float](repeating: 0, count: pixels.count)
    for i in stride(from: 0, to: pixels.count, by: 4) {
      let alpha = Float(pixels[i + 3])
      for c in 0..<3 { samples[i + c] = Float(pixels[i + c]) * alpha / 255 }
      samples[i + 3] = alpha
    }
    return samples
  }

  private init(unpremultiplying samples: [Float], width: Int, height: Int, channels: Int) {
    var pixels = [UInt8](repeating: 0, count: samples.count)
    if channels == 4 {
      for i in stride(from: 0, to: samples.count, by: 4) {
        let alpha = samples[i + 3]
        pixels[i + 3] = byte(alpha)
        guard pixels[i + 3] > 0 else { continue }
        for c in 0..<3 { pixels[i + c] = byte(samples[i + c] * 255 / alpha) }
      }
    } else {
      for i in samples.indices { pixels[i] = byte(samples[i]) }
    }
    self.init(width: width, height: height, channels: channels, pixels: pixels)
  }
}

/// To the nearest byte; halves go up.
@inline(__always)
func byte(_ value: Float) -> UInt8 { UInt8(max(0, min(255, value + 0.5))) }

private typealias Taps = [(start: Int, weights: [Float])]

/// Each row of `width` pixels becomes a row of one pixel a tap.
private func resizedRows(_ source: [Float], width: Int, channels: Int, _ taps: Taps) -> [Float] {
  let height = source.count / (width * channels)
  var target = [Float](repeating: 0, count: height * taps.count * channels)
  source.withUnsafeBufferPointer { source in
    target.withUnsafeMutableBufferPointer { target in
      for y in 0..<height {
        for (x, tap) in taps.enumerated() {
          let to = (y * taps.count + x) * channels
          for c in 0..<channels {
            var from = (y * width + tap.start) * channels + c
            var sum: Float = 0
            for weight in tap.weights {
              sum += weight * source[from]
              from += channels
            }
            target[to + c] = sum
          }
        }
      }
    }
  }
  return target
}

/// Rows of `stride` samples become one row a tap, each a weighted sum of whole rows.
private func resizedColumns(_ source: [Float], stride: Int, _ taps: Taps) -> [Float] {
  var target = [Float](repeating: 0, count: taps.count * stride)
  source.withUnsafeBufferPointer { source in
    target.withUnsafeMutableBufferPointer { target in
      for (y, tap) in taps.enumerated() {
        for (row, weight) in tap.weights.enumerated() {
          let from = (tap.start + row) * stride, to = y * stride
          for x in 0..<stride { target[to + x] += weight * source[from + x] }
        }
      }
    }
  }
  return target
}
