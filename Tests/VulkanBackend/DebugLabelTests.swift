import CVulkan
import SfumatoBackend
import SfumatoGraph
import Testing

@testable import SfumatoVulkanBackend

/// Names for debuggers.
@Suite(.serialized) struct DebugLabelTests {
  private func program() throws -> Program {
    let graph = GraphBuilder()
    let x = try graph.input("x", .f32, [2, 3]), w = try graph.state("w", .f32, [3, 4])
    let y = try graph.within("head") { try x.matmul(w) }
    try graph.output("y", y.reduceSum([0]))
    return try graph.finish()
  }

  @Test func everyNodeIsARegionAndEveryBufferHasAName() throws {
    guard let device = try testDevice() else { return }
    final class Told {
      var regions: [String] = []
      var names: [String] = []
      var depth = 0
    }
    let told = Told()
    device.upload = .copied
    let real = try #require(device.logical.labels)
    device.logical.labels?.begin = {
      told.regions.append($1)
      told.depth += 1
      real.begin($0, $1)
    }
    device.logical.labels?.end = {
      told.depth -= 1
      real.end($0)
    }
    device.logical.labels?.name = {
      told.names.append($2)
      real.name($0, $1, $2)
    }
    let program = try program()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    #expect(told.depth == 0)
    let regions = ["zeros", "inputs", "matmul head", "reduceSum", "outputs"]
    #expect(regions.allSatisfy(told.regions.contains), "\(told.regions)")
    let names = ["arena", "constants", "scratch", "inputs", "upload", "readback", "states 0"]
    #expect(names.allSatisfy(told.names.contains), "\(told.names)")
    #expect(told.names.contains { $0.hasPrefix("matmul_nn_") }, "\(told.names)")
    try step.run(["x": HostTensor(zeros: TensorType(.f32, [2, 3]))])
    _ = try step.outputs()
    expectNoMessages(device)
  }

  /// The driver's side really has the names: the validation layer speaks of objects by them.
  @Test func theValidationLayerKnowsTheNames() throws {
    guard let device = try testDevice() else { return }
    let buffer = try Buffer(device.logical, bytes: 16, use: .device, name: "a buffer of this test")
    let id = BufferID(index: 0)
    // Fills begin inside the buffer.
    _ = try Recording(
      device.logical, "outside", [.zero(ByteRange(buffer: id, offset: 64, count: 4))],
      buffers: [id: buffer])
    let messages = device.validationMessages ?? []
    #expect(messages.contains { $0.contains("a buffer of this test") }, "\(messages)")
  }

  @Test func nobodyIsNamedUnasked() throws {
    guard try testDevice() != nil else { return }
    #expect(try VulkanBackend(validation: false, labels: false).openVulkan(0).logical.labels == nil)
    let device = try VulkanBackend(validation: false, labels: true).openVulkan(0)
    #expect(device.logical.labels != nil && device.validationMessages == nil)
    let program = try program()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    try step.run(["x": HostTensor(zeros: TensorType(.f32, [2, 3]))])
    #expect(try step.outputs()["y"]?.floats == [0, 0, 0, 0])
  }
}
