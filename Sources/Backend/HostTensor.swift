import SfumatoGraph

/// A tensor in the host's memory: row-major elements, little-endian, a bool as a 32-bit word.
public struct HostTensor: Hashable, Sendable {
  public let type: TensorType
  public private(set) var bytes: [UInt8]

  /// A tensor of zeros.
  public init(zeros type: TensorType) {
    self.type = type
    bytes = Array(repeating: 0, count: type.byteCount)
  }

  /// A tensor whose memory `initializer` fills; it is handed `type.byteCount` bytes.
  public init(_ type: TensorType, initializer: (UnsafeMutableRawBufferPointer) throws -> Void) rethrows {
    self.type = type
    bytes = try Array(unsafeUninitializedCapacity: type.byteCount) { buffer, count in
      try initializer(UnsafeMutableRawBufferPointer(buffer))
      count = type.byteCount
    }
  }

  /// A tensor of `floats`, which must be `shape.count` numbers.
  public init(_ floats: [Float], _ shape: Shape) { self.init(TensorType(.f32, shape), copying: floats) }

  /// A tensor of a part of an array, which must be `shape.count` numbers.
  public init(_ floats: ArraySlice<Float>, _ shape: Shape) {
    self.init(TensorType(.f32, shape), copying: floats)
  }

  /// A tensor of `integers`, which must be `shape.count` numbers.
  public init(_ integers: [Int32], _ shape: Shape) { self.init(TensorType(.i32, shape), copying: integers) }

  /// A tensor of `words`, which must be `shape.count` numbers.
  public init(_ words: [UInt32], _ shape: Shape) { self.init(TensorType(.u32, shape), copying: words) }

  private init<Element, Elements: RandomAccessCollection<Element>>(
    _ type: TensorType, copying elements: Elements
  ) {
    precondition(elements.count == type.count, "\(elements.count) elements for \(type)")
    self.init(type) { buffer in
      let copied: Void? = elements.withContiguousStorageIfAvailable {
        buffer.copyMemory(from: UnsafeRawBufferPointer($0))
      }
      precondition(copied != nil, "elements that do not lie side by side")
    }
  }

  /// The elements of an f32 tensor.
  public var floats: [Float] { elements(.f32) }
  /// The elements of an i32 tensor.
  public var integers: [Int32] { elements(.i32) }
  /// The elements of a u32 or bool tensor.
  public var words: [UInt32] { type.dtype == .bool ? elements(.bool) : elements(.u32) }

  private func elements<Element>(_ dtype: DType) -> [Element] {
    precondition(type.dtype == dtype, "the elements of \(type) are not \(dtype)")
    return bytes.withUnsafeBytes { Array($0.bindMemory(to: Element.self)) }
  }

  /// The elements of a tensor of any type as doubles.
  public var doubles: [Double] {
    switch type.dtype {
    case .f32: floats.map(Double.init)
    case .i32: integers.map(Double.init)
    case .u32, .bool: words.map(Double.init)
    case .f16: halfWords.map { Double(Float(halfBits: $0)) }
    case .bf16: halfWords.map { Double(Float(bitPattern: UInt32($0) << 16)) }
    }
  }

  /// A tensor of `type` whose elements are `doubles`, rounded to it.
  public init(_ type: TensorType, rounding doubles: [Double]) {
    switch type.dtype {
    case .f32: self.init(type, copying: doubles.map { Float($0) })
    case .i32: self.init(type, copying: doubles.map { Int32(clamping: $0) })
    case .u32: self.init(type, copying: doubles.map { UInt32(clamping: $0) })
    case .bool: self.init(type, copying: doubles.map { UInt32($0 == 0 ? 0 : 1) })
    case .f16: self.init(type, copying: doubles.map { Float($0).halfBits })
    case .bf16: self.init(type, copying: doubles.map { Float($0).bfloat16Bits })
    }
  }

  private var halfWords: [UInt16] { bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) } }
}

extension BinaryInteger where Self: FixedWidthInteger {
  /// `value` truncated towards zero and held inside this type's range; NaN gives 0.
  fileprivate init(clamping value: Double) {
    if value.isNaN {
      self = 0
    } else if value <= Double(Self.min) {
      self = .min
    } else {
      self = value >= Double(Self.max) ? .max : Self(value)
    }
  }
}
