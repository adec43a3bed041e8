/// The ten digits as shapes that can lie anywhere in an image.
enum DigitShapes {
  /// Dots of 5×7, row by row from the top.
  private static let dots: [[UInt8]] = [
    [0b01110, 0b10001, 0b10011, 0b10101, 0b11001, 0b10001, 0b01110],
    [0b00100, 0b01100, 0b00100, 0b00100, 0b00100, 0b00100, 0b01110],
    [0b01110, 0b10001, 0b00001, 0b00110, 0b01000, 0b10000, 0b11111],
    [0b11111, 0b00010, 0b00100, 0b00010, 0b00001, 0b10001, 0b01110],
    [0b00010, 0b00110, 0b01010, 0b10010, 0b11111, 0b00010, 0b00010],
    [0b11111, 0b10000, 0b11110, 0b00001, 0b00001, 0b10001, 0b01110],
    [0b00110, 0b01000, 0b10000, 0b11110, 0b10001, 0b10001, 0b01110],
    [0b11111, 0b00001, 0b00010, 0b00100, 0b01000, 0b01000, 0b01000],
    [0b01110, 0b10001, 0b10001, 0b01110, 0b10001, 0b10001, 0b01110],
    [0b01110, 0b10001, 0b10001, 0b01111, 0b00001, 0b00010, 0b01100],
  ]
  static let count = 10
  /// Width and height of an image.
  static let side = 8
  /// How far a digit lies from the image's middle, at most, along each axis; in pixels.
  static let shift = 0.5

  /// Digit `digit`, a dot a pixel, its middle `dx` and `dy` pixels from the image's: −1 for ground, 1 for ink, between dots bilinear.
  static func draw(_ digit: Int, dx: Double, dy: Double) -> [Float] {
    func dot(_ column: Int, _ row: Int) -> Double {
      guard (0..<5).contains(column), (0..<7).contains(row) else { return 0 }
      return dots[digit][row] >> (4 - column) & 1 == 1 ? 1 : 0
    }
    return (0..<side * side).map { pixel in
      let u = Double(pixel % side) - 1.5 - dx, v = Double(pixel / side) - 0.5 - dy
      let column = Int(u.rounded(.down)), row = Int(v.rounded(.down))
      let (a, b) = (u - Double(column), v - Double(row))
      let upper = (1 - a) * dot(column, row) + a * dot(column + 1, row)
      let lower = (1 - a) * dot(column, row + 1) + a * dot(column + 1, row + 1)
      return Float(2 * ((1 - b) * upper + b * lower) - 1)
    }
  }
}
