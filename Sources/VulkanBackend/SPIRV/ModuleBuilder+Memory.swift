import SfumatoGraph

/// Storage buffers, and what lies in them.
extension ModuleBuilder {
  struct StorageBuffer {
    var variable: ID
    var elementPointer: ID
    var is16Bit: Bool
  }

  /// A buffer of words, or of halves of words.
  mutating func declareBuffer(
    _ binding: Int, is16Bit: Bool = false, isWritten: Bool = false
  ) -> StorageBuffer {
    let element = is16Bit ? intern(.typeInt, [16, 0]) : uint
    let array = declare(.typeRuntimeArray, [element.number])
    decorate(array, Enumerant.decorationArrayStride, is16Bit ? 2 : 4)
    let block = declare(.typeStruct, [array.number])
    decorate(block, Enumerant.decorationBlock)
    decorateMember(block, 0, Enumerant.decorationOffset, 0)
    if !isWritten { decorateMember(block, 0, Enumerant.decorationNonWritable) }
    let pointer = intern(.typePointer, [Enumerant.storageBuffer, block.number])
    let variable = declare(.variable, type: pointer, [Enumerant.storageBuffer])
    decorate(variable, Enumerant.decorationDescriptorSet, 0)
    decorate(variable, Enumerant.decorationBinding, UInt32(binding))
    let elementPointer = intern(.typePointer, [Enumerant.storageBuffer, element.number])
    return StorageBuffer(variable: variable, elementPointer: elementPointer, is16Bit: is16Bit)
  }

  /// An element of a buffer, as it is stored.
  mutating func load(_ element: ID, of buffer: StorageBuffer) -> ID {
    let zero = constant(0 as UInt32)
    let pointer = emit(.accessChain, buffer.elementPointer, buffer.variable, zero, element)
    return emit(.load, buffer.is16Bit ? intern(.typeInt, [16, 0]) : uint, pointer)
  }

  /// A stored half of a word as a float.
  mutating func float(half: ID, _ dtype: DType) -> ID {
    let wide = emit(.uConvert, uint, half)
    if dtype == .bf16 {
      return float(bits: emit(.shiftLeftLogical, uint, wide, constant(16 as UInt32)))
    }
    let pair = intern(.typeVector, [float.number, 2])
    let floats = emit(.unpackHalf2x16, pair, wide)
    return emit(.compositeExtract, float, words: [floats.number, 0])
  }
}
