extension Image {
  /// Images side by side in rows of `columns`, `gap` pixels between them; nil when there are none.
  ///
  /// Cells are as large as the largest image; a smaller one sits in the middle of its cell. The result is
  /// RGB, or grey when every image is; transparent parts show `background`.
  public static func grid(
    _ images: [Image], columns: Int, gap: Int = 2, background: Color = .white
  ) -> Image? {
    precondition(columns > 0 && gap >= 0, "a grid has at least one column and no negative gap")
    guard let cellWidth = images.map(\.width).max(), let cellHeight = images.map(\.height).max() else {
      return nil
    }
    let channels = images.allSatisfy { $0.channels == 1 } ? 1 : 3
    let columns = min(columns, images.count)
    let rows = (images.count + columns - 1) / columns
    var canvas = Image(
      width: columns * (cellWidth + gap) - gap, height: rows * (cellHeight + gap) - gap,
      channels: channels, filledWith: background)
    for (i, image) in images.enumerated() {
      let x = (i % columns) * (cellWidth + gap) + (cellWidth - image.width) / 2
      let y = (i / columns) * (cellHeight + gap) + (cellHeight - image.height) / 2
      canvas.paste(image.converted(channels: channels, background: background), x: x, y: y)
    }
    return canvas
  }

  /// Images in one row.
  public static func strip(_ images: [Image], gap: Int = 2, background: Color = .white) -> Image? {
    grid(images, columns: max(1, images.count), gap: gap, background: background)
  }

  /// Replaces the pixels from (x, y) on by those of `image`, which must fit and have as many channels.
  private mutating func paste(_ image: Image, x: Int, y: Int) {
    for row in 0..<image.height {
      let from = row * image.width * channels, to = ((y + row) * width + x) * channels
      pixels.replaceSubrange(
        to..<to + image.width * channels, with: image.pixels[from..<from + image.width * channels])
    }
  }
}
