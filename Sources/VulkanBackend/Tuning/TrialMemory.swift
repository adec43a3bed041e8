import SfumatoBackend
import SfumatoGraph
import SfumatoRandom

/// Where the operands of a trial and its result lie.
struct TrialLayout {
  let operands: [Operand]
  let result: Operand
  let byteCount: Int

  init(_ task: KernelTask) {
    var size = 0
    let all = (task.inputs + [task.result]).map { type in
      defer { size += (type.byteCount + 255) / 256 * 256 }
      return Operand(
        range: ByteRange(buffer: StepLayout.arena, offset: size, count: type.byteCount), type: type)
    }
    operands = Array(all.dropLast())
    result = all[all.count - 1]
    byteCount = size
  }
}

/// The memory of a trial: operands with synthetic values, the result, samples of the result for the host, and scratch memory.
final class TrialMemory {
  let buffers: [BufferID: Buffer]
  /// Writes NaN where samples of the result are taken, so that what is not computed shows.
  let spoil: [Command]
  /// Copies the samples to the host.
  let collect: [Command]
  private let readback: Buffer
  private let sampleType: TensorType

  /// Bytes of the values that an operand is filled with again and again: a prime number of words, so that they lie elsewhere in every line.
  private static let patternByteCount = 4 * 16_381
  /// Pieces of the result that the host sees, and the bytes of one. A smaller result it sees whole.
  private static let samples = 64
  private static let sampleByteCount = 1 << 16

  init(_ layout: TrialLayout, scratch: Int, _ device: LogicalDevice) throws(VulkanError) {
    let result = layout.result
    let pieces = Self.pieces(of: result)
    let sampleBytes = pieces.reduce(0) { $0 + $1.count }
    sampleType = TensorType(result.type.dtype, [sampleBytes / result.type.dtype.byteSize])

    var patterns = layout.operands.enumerated().map { Self.pattern($1.type, number: $0) }
    patterns.append([UInt8](repeating: 0xff, count: pieces[0].count))
    let upload = try Buffer(
      device, bytes: patterns.reduce(0) { $0 + $1.count }, use: .upload, name: "values of a trial")
    let places = Self.write(patterns, into: upload)
    readback = try Buffer(device, bytes: sampleBytes, use: .readback, name: "samples of a trial")
    buffers = [
      StepLayout.arena: try Buffer(
        device, bytes: layout.byteCount, use: .device, name: "operands of a trial"),
      StepLayout.scratch: try Buffer(device, bytes: scratch, use: .device, name: "scratch of a trial"),
      StepLayout.upload: upload, StepLayout.readback: readback,
    ]
    let nothing = places[places.count - 1]
    spoil = pieces.map {
      .copy(from: ByteRange(buffer: nothing.buffer, offset: nothing.offset, count: $0.count), to: $0)
    }
    var end = 0
    collect = pieces.map { piece in
      defer { end += piece.count }
      return .copy(from: piece, to: ByteRange(buffer: StepLayout.readback, offset: end, count: piece.count))
    }
    let fill = try Recording(
      device, "trial", zip(places, layout.operands).flatMap { Self.fill($1.range, with: $0) },
      buffers: buffers)
    try fill.submit()
    try fill.wait()
  }

  /// What `collect` copied last.
  func sample() -> [Float] {
    let tensor = HostTensor(sampleType) { target in
      if let mapped = readback.mapped {
        target.copyMemory(from: UnsafeRawBufferPointer(start: mapped, count: target.count))
      }
    }
    return tensor.type.dtype == .f32 ? tensor.floats : tensor.doubles.map { Float($0) }
  }

  /// Ranges of the result that are looked at: all of it, or as many as are looked at, the first and the last included.
  private static func pieces(of result: Operand) -> [ByteRange] {
    let count = result.range.count, most = samples * sampleByteCount
    let starts =
      count <= most
      ? Array(stride(from: 0, to: count, by: sampleByteCount))
      : (0..<samples).map { ((count - sampleByteCount) * $0 / (samples - 1)) / 4 * 4 }
    return starts.map {
      ByteRange(
        buffer: result.range.buffer, offset: result.range.offset + $0, count: min(sampleByteCount, count - $0)
      )
    }
  }

  /// Numbers between −1 and 1, the same on every device.
  private static func pattern(_ type: TensorType, number: Int) -> [UInt8] {
    let count = min(type.count, patternByteCount / type.dtype.byteSize)
    let stream = RandomStream(seed: UInt64(number), purpose: .noise)
    return HostTensor(
      TensorType(type.dtype, [count]), rounding: (0..<count).map { 2 * stream.uniform($0) - 1 }
    ).bytes
  }

  /// - Returns: where each of them lies.
  private static func write(_ patterns: [[UInt8]], into upload: Buffer) -> [ByteRange] {
    var end = 0
    return patterns.map { bytes in
      defer { end += bytes.count }
      bytes.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress {
          upload.mapped?.advanced(by: end).copyMemory(from: base, byteCount: bytes.count)
        }
      }
      return ByteRange(buffer: StepLayout.upload, offset: end, count: bytes.count)
    }
  }

  /// A pattern once from the host, then what is there as often as it fits.
  private static func fill(_ range: ByteRange, with pattern: ByteRange) -> [Command] {
    func part(_ offset: Int, _ count: Int) -> ByteRange {
      ByteRange(buffer: range.buffer, offset: range.offset + offset, count: count)
    }
    var commands = [Command.copy(from: pattern, to: part(0, pattern.count))]
    var filled = pattern.count
    while filled < range.count {
      let count = min(filled, range.count - filled)
      commands.append(.copy(from: part(0, count), to: part(filled, count)))
      filled += count
    }
    return commands
  }
}
