/// An opaque colour of 8 bits a channel.
public struct Color: Sendable, Hashable, CustomStringConvertible {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  public static let black = Color(red: 0, green: 0, blue: 0)
  public static let gray = Color(red: 128, green: 128, blue: 128)
  public static let white = Color(red: 255, green: 255, blue: 255)

  /// Reads `black`, `gray`, `grey`, `white` or `#rrggbb`; nil for anything else.
  public init?(_ text: String) {
    switch text {
    case "black": self = .black
    case "gray", "grey": self = .gray
    case "white": self = .white
    default:
      let digits = text.dropFirst()
      guard text.first == "#", digits.utf8.count == 6, digits.allSatisfy(\.isHexDigit),
        let value = UInt32(digits, radix: 16)
      else { return nil }
      self.init(
        red: UInt8(value >> 16), green: UInt8(value >> 8 & 0xFF), blue: UInt8(value & 0xFF))
    }
  }

  /// `#rrggbb`.
  public var description: String {
    "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }

  /// The colour's bytes in an image of `channels` channels.
  func bytes(channels: Int) -> [UInt8] {
    switch channels {
    case 1: [luminance(red, green, blue)]
    case 3: [red, green, blue]
    default: [red, green, blue, 255]
    }
  }
}

/// Luma of Rec. 601 (0.299, 0.587, 0.114), in 16-bit fixed point, rounded to nearest.
@inline(__always)
func luminance(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
  let sum: UInt32 = 19595 * UInt32(red) + 38470 * UInt32(green) + 7471 * UInt32(blue)
  return UInt8((sum + 0x8000) >> 16)
}
