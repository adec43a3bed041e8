import SfumatoBackend

/// The key of a step's random numbers, u32 [5] = (seed, step, first row): see `Op.randomBits`.
func stepKey(seed: UInt64, step: Int, firstRow: Int) -> HostTensor {
  let words = [seed, seed >> 32, UInt64(step), UInt64(step) >> 32, UInt64(firstRow)]
  return HostTensor(words.map { UInt32(truncatingIfNeeded: $0) }, [5])
}
