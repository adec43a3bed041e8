import SfumatoRandom
import Testing

/// Known-answer vectors of the Random123 distribution.
@Suite struct PhiloxTests {
  @Test(arguments: [
    (
      SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
      SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
    ),
    (
      SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
      SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
    ),
    (
      SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
      SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
      SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
    ),
  ])
  func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, expected: SIMD4<UInt32>) {
    #expect(Philox.words(counter: counter, key: key) == expected)
  }

  @Test func normalsHaveUnitVariance() {
    let draws = RandomStream(seed: 7, purpose: .noise).normals(20_000).map(Double.init)
    let mean = draws.reduce(0, +) / Double(draws.count)
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(draws.count)
    #expect(abs(mean) < 0.03)
    #expect(abs(variance - 1) < 0.03)
  }

  /// What is drawn at once is what is drawn one by one, from any word on.
  @Test func manyDrawsAreTheSameAsSingleOnes() {
    let stream = RandomStream(seed: 5, step: 2, purpose: .noise)
    for start in 0..<6 {
      #expect(stream.words(11, from: start) == (start..<start + 11).map { stream.word($0) })
      #expect(stream.normals(11, from: start) == (start..<start + 11).map { Float(stream.normal($0)) })
    }
    #expect(stream.uniforms(11) == (0..<11).map { stream.uniform($0) })
    #expect(stream.words(0).isEmpty)
  }

  @Test func permutationsAreBijective() {
    let stream = RandomStream(seed: 1, step: 3, purpose: .shuffle)
    #expect(stream.permutation(101).sorted() == Array(0..<101))
    #expect(stream.permutation(101) != RandomStream(seed: 1, step: 4, purpose: .shuffle).permutation(101))
  }
}
