/// Tables for kernels that work on many tensors at once: which part of which tensor each workgroup takes. They lie behind the
/// constants of a step and are written once.
struct TensorTables {
  let buffer: BufferID
  /// Where the first one begins, in bytes.
  let begin: Int
  private(set) var words: [UInt32] = []

  init(in buffer: BufferID, from begin: Int) {
    self.buffer = buffer
    self.begin = (begin + 255) / 256 * 256
  }

  /// Appends a table.
  mutating func append(_ table: [UInt32]) -> ByteRange {
    words += Array(repeating: 0, count: (64 - words.count % 64) % 64)
    let range = ByteRange(buffer: buffer, offset: begin + 4 * words.count, count: 4 * table.count)
    words += table
    return range
  }
}
