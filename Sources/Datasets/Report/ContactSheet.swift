import SfumatoImages

extension LabelledDataset {
  /// A grid of at most `count` of the images, evenly spread over the data set, each scaled to fit a square of
  /// `cell` pixels; bad ones are left out. Nil when none can be decoded.
  public func contactSheet(
    count: Int = 64, columns: Int = 8, cell: Int = 64, background: Color = .white
  ) -> Image? {
    let images = (0..<self.count).spread(over: count).compactMap { index in
      (try? image(at: index))?
        .composited(on: background).scaled(toFit: cell)
    }
    return Image.grid(images, columns: columns, gap: 2, background: background)
  }
}

extension Image {
  /// The image with its longer side scaled to `side`; one that is smaller grows by a whole factor only, so that
  /// its pixels can be seen.
  fileprivate func scaled(toFit side: Int) -> Image {
    let longer = max(width, height)
    if longer > side {
      return resized(
        width: max(1, width * side / longer), height: max(1, height * side / longer), filter: .lanczos)
    }
    let factor = side / longer
    return factor > 1 ? enlarged(factor) : self
  }
}
