import SfumatoGraph

/// The means and deviations of what was normalised before in a step: the way back needs the same ones again.
struct KeptStatistics {
  /// Of which tensor, and over what.
  struct Key: Hashable {
    /// A value is assigned once in a program, so that it stands for its elements.
    var value: ValueID
    var batch: Int
    var pixels: Int
    var groups: Int
    var epsilon: Float
  }

  /// Where they lie.
  let buffer: BufferID
  private(set) var byteCount = 0
  private var places: [Key: Operand] = [:]

  init(in buffer: BufferID) { self.buffer = buffer }

  func place(_ key: Key) -> Operand? { places[key] }

  /// A place for what is about to be computed.
  mutating func makePlace(_ key: Key, _ type: TensorType) -> Operand {
    let place = Operand(
      range: ByteRange(buffer: buffer, offset: byteCount, count: type.byteCount), type: type)
    byteCount += (type.byteCount + 255) / 256 * 256
    places[key] = place
    return place
  }
}
