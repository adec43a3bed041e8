import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// What a compiler says of kernels. Software devices say nothing, so that functions of the tests stand in for a driver's.
@Suite(.serialized) struct KernelReportTests {
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 8, 8, 16])
    try graph.output("y", try x * 2 + 1)
    try graph.output("z", x.reshape([128, 16]).reduceSum([0]))
    return try graph.finish()
  }

  private func makeStep(isTelling: Bool) throws -> (step: VulkanStep, inputs: [String: HostTensor])? {
    guard let device = try testDevice() else { return nil }
    if isTelling { device.logical.functions.tellReports() }
    let program = try program()
    let made = try device.makeStep(program, state: device.makeState(for: program))
    return (try #require(made as? VulkanStep), program.syntheticInputs)
  }

  @Test func everyKernelIsReportedOnce() throws {
    guard let (step, inputs) = try makeStep(isTelling: true) else { return }
    let reports = try step.kernelReports
    #expect(reports.count == Set(step.parts.flatMap(\.kernels)).count && reports.count > 1)
    for report in reports {
      #expect(report.subgroupSize == 32)
      #expect(
        report.statistics.map(\.name) == ["VGPRs", "Spilled VGPRs", "Spilled SGPRs", "Inverse Throughput"])
      #expect(report[.registers] == 24 && report[.spills] == 3 && report[.inverseThroughput] == 1.5)
      #expect(report[.latency] == nil)
    }
    let profile = try #require(try step.profile(inputs))
    let kernels = profile.kernels.filter { $0.operation != "copy" }
    #expect(!kernels.isEmpty && !kernels.contains { $0.reports.isEmpty })
    #expect(Set(kernels.flatMap(\.reports)) == Set(reports))
  }

  @Test func aDeviceThatDoesNotTellHasNoReports() throws {
    guard let (step, inputs) = try makeStep(isTelling: false) else { return }
    #expect(try step.kernelReports.isEmpty)
    let profile = try #require(try step.profile(inputs))
    #expect(profile.kernels.flatMap { $0.reports }.isEmpty)
  }

  /// A device without the extension opens all the same.
  @Test func reportsCanBeAskedOfAnyDevice() throws {
    guard try testDevice() != nil else { return }
    let backend = VulkanBackend(validation: true).reporting()
    let device = try #require(try backend.open(0) as? VulkanDevice)
    let program = try program()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    try step.run(program.syntheticInputs)
    #expect(try step.outputs()["y"]?.floats[0] == -5)
    _ = try step.kernelReports
    expectNoMessages(device)
  }
}

extension DeviceFunctions {
  /// Has every pipeline said to be the same.
  fileprivate mutating func tellReports() {
    getPipelineExecutableProperties = { _, _, count, properties in
      count?.pointee = 1
      properties?.pointee.subgroupSize = 32
      return VK_SUCCESS
    }
    getPipelineExecutableStatistics = { _, _, count, statistics in
      let numbers: [(name: String, value: Double)] = [
        ("VGPRs", 24), ("Spilled VGPRs", 2), ("Spilled SGPRs", 1), ("Inverse Throughput", 1.5),
      ]
      count?.pointee = UInt32(numbers.count)
      guard let statistics else { return VK_SUCCESS }
      for (place, number) in numbers.enumerated() {
        withUnsafeMutableBytes(of: &statistics[place].name) {
          $0.copyBytes(from: Array(number.name.utf8) + [0])
        }
        let isWhole = number.value == number.value.rounded()
        statistics[place].format =
          isWhole
          ? VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_UINT64_KHR
          : VK_PIPELINE_EXECUTABLE_STATISTIC_FORMAT_FLOAT64_KHR
        if isWhole {
          statistics[place].value.u64 = UInt64(number.value)
        } else {
          statistics[place].value.f64 = number.value
        }
      }
      return VK_SUCCESS
    }
  }
}
