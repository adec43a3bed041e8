extension Image {
  /// The image laid over an opaque background: RGBA becomes RGB, other images stay as they are.
  public func composited(on background: Color) -> Image {
    guard channels == 4 else { return self }
    let behind = background.bytes(channels: 3)
    var opaque = [UInt8](repeating: 0, count: width * height * 3)
    for i in 0..<width * height {
      let alpha = UInt32(pixels[4 * i + 3])
      for c in 0..<3 {
        let sum = UInt32(pixels[4 * i + c]) * alpha + UInt32(behind[c]) * (255 - alpha)
        opaque[3 * i + c] = UInt8((sum + 127) / 255)
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: opaque)
  }

  /// The image with `channels` channels: 1 (Rec. 601 luma), 3 (RGB) or 4 (RGBA, opaque if it was).
  /// Transparent parts show `background` when alpha is dropped.
  public func converted(channels: Int, background: Color = .white) -> Image {
    switch (self.channels, channels) {
    case (1, 1), (3, 3), (4, 4): return self
    case (4, _): return composited(on: background).converted(channels: channels)
    case (3, 1): return mapped(channels: 1) { SIMD4(repeating: luminance($0[0], $0[1], $0[2])) }
    case (1, 3): return mapped(channels: 3) { SIMD4(repeating: $0[0]) }
    case (3, _): return mapped(channels: 4) { SIMD4($0[0], $0[1], $0[2], 255) }
    default: return mapped(channels: 4) { SIMD4($0[0], $0[0], $0[0], 255) }
    }
  }

  /// Each pixel replaced by the first `channels` bytes of what `transform` makes of it.
  private func mapped(channels: Int, _ transform: (UnsafeBufferPointer<UInt8>) -> SIMD4<UInt8>) -> Image {
    let inner = self.channels
    var mapped = [UInt8](repeating: 0, count: width * height * channels)
    pixels.withUnsafeBufferPointer { source in
      for i in 0..<width * height {
        let pixel = transform(UnsafeBufferPointer(rebasing: source[i * inner..<(i + 1) * inner]))
        for c in 0..<channels { mapped[i * channels + c] = pixel[c] }
      }
    }
    return Image(width: width, height: height, channels: channels, pixels: mapped)
  }
}
