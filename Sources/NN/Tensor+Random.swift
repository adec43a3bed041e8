import SfumatoGraph
import SfumatoRandom

/// Random numbers keyed by this u32[5] tensor (see `Op.randomBits`): the same as `RandomStream`'s of the key's
/// seed and step. With `shape` (rows, …), row r of the result is row `first row` + r of the stream.
extension Tensor {
  /// Uniform numbers in (0, 1), f32: multiples of 2⁻²³ plus 2⁻²⁴.
  public func uniform(_ purpose: Purpose, _ shape: Shape) throws -> Tensor {
    let bits = try randomBits(purpose: purpose.rawValue, bits: 23, shape)
    return try bits.cast(.f32) * 0x1p-23 + 0x1p-24
  }

  /// Standard normal numbers, f32, by Box-Muller on neighbouring uniforms.
  public func normal(_ purpose: Purpose, _ shape: Shape) throws -> Tensor {
    let pairs = try uniform(purpose, Shape(shape.dimensions + [2]))
    let radius = try (pairs.slice(axis: -1, 0..<1).log() * -2).sqrt()
    let angle = try pairs.slice(axis: -1, 1..<2) * (2 * Double.pi)
    return try (radius * angle.cos()).reshape(shape)
  }
}
