import Testing

@testable import SfumatoVulkanBackend

/// Which groups a workgroup normalises by itself.
@Suite struct NormWorkgroupTests {
  private func workgroup(
    pixels: Int, width: Int, tensors: Int = 1, maxInvocations: Int = 1024, isSoftware: Bool = false,
    registers: RegisterBudget = .usual
  ) -> NormWorkgroup? {
    var limits = KernelLimits.ofGPU
    limits.registers = registers
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

  /// Where registers are few, fewer elements are kept; the compilers of these GPUs spilled what the usual budget allows.
  @Test func fewRegisters() {
    let honeykrisp = RegisterBudget(driver: 26), turnip = RegisterBudget(driver: 18),
      radv = RegisterBudget(driver: 3), nvk = RegisterBudget(driver: 24)
    #expect(honeykrisp == .small && turnip == .scarce && radv == .usual && nvk == .tight)
    #expect(workgroup(pixels: 1024, width: 24, registers: nvk) == nil)
    #expect(workgroup(pixels: 1024, width: 16, registers: nvk)?.each == 16)
    #expect(workgroup(pixels: 1024, width: 16, tensors: 2, registers: honeykrisp) == nil)
    #expect(workgroup(pixels: 1024, width: 8, tensors: 2, registers: honeykrisp)?.each == 8)
    #expect(workgroup(pixels: 1024, width: 16, registers: turnip) == nil)
    #expect(workgroup(pixels: 1024, width: 8, registers: turnip)?.each == 8)
    #expect(workgroup(pixels: 256, width: 8, tensors: 2, registers: turnip)?.threads == 256)
    #expect(workgroup(pixels: 1024, width: 8, tensors: 2, registers: turnip) == nil)
  }
}
