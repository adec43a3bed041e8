import Testing

@testable import SfumatoVulkanBackend

/// Which groups a workgroup normalises by itself.
@Suite struct NormWorkgroupTests {
  private func workgroup(
    pixels: Int, width: Int, tensors: Int = 1, maxInvocations: Int = 1024, isSoftware: Bool = false
  ) -> NormWorkgroup? {
    var limits = KernelLimits.ofGPU
    limits.maxInvocations = maxInvocations
    limits.isSoftware = isSoftware
    let geometry = NormGeometry(
      batch: 2, pixels: pixels, channels: 4 * width, groups: 4, epsilon: 1e-5, activates: true)
    return NormWorkgroup(geometry, limits, tensors: tensors)
  }

  /// As few invocations as have eight elements each.
  @Test func size() throws {
    let small = try #require(workgroup(pixels: 64, width: 4))
    #expect(small.threads == 64 && small.rows == 16 && small.each == 4)
    let large = try #require(workgroup(pixels: 1024, width: 8))
    #expect(large.threads == 1024 && large.rows == 128 && large.each == 8)
    let odd = try #require(workgroup(pixels: 100, width: 24))
    #expect(odd.threads == 512 && odd.rows == 21 && odd.each == 5)
  }

  @Test func whatFits() {
    #expect(workgroup(pixels: 1024, width: 8, isSoftware: true) == nil)
    #expect(workgroup(pixels: 1024, width: 24)?.threads == 1024)
    #expect(workgroup(pixels: 1024, width: 24, tensors: 2) == nil)
    #expect(workgroup(pixels: 1024, width: 16, tensors: 2)?.threads == 1024)
    #expect(workgroup(pixels: 4096, width: 16) == nil)
    #expect(workgroup(pixels: 4, width: 2048) == nil)
    #expect(workgroup(pixels: 512, width: 8, maxInvocations: 128)?.each == 32)
  }
}
