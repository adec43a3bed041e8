import SfumatoImages

extension Image {
  /// Images in a grid that is about as wide as it is high; nil for none.
  public static func sampleGrid(_ images: [Image]) -> Image? {
    let columns = max(1, Int(Double(images.count).squareRoot().rounded(.up)))
    return grid(images, columns: columns)
  }
}
