import Foundation
import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import Testing

@testable import SfumatoVulkanBackend

/// Measured choices of kernels: remembered, kept.
@Suite(.serialized) struct KernelTunerTests {
  private static let geometry = ConvGeometry(
    inputHeight: 12, inputWidth: 12, inChannels: 32, outChannels: 32, kernelHeight: 3, kernelWidth: 3,
    padTop: 1, padLeft: 1, padBottom: 1, padRight: 1)
  private static let types = [
    TensorType(.f32, geometry.inputShape(batch: 2)), TensorType(.f32, geometry.weightShape),
  ]

  private func task() throws -> KernelTask {
    try #require(
      KernelTask(.conv(Self.geometry), Self.types, TensorType(.f32, Self.geometry.outputShape(batch: 2))))
  }

  private func withFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "sfumato-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
  }

  private func device(
    _ folder: String?, _ method: VulkanBackend.ConvolutionMethod = .measured
  ) throws -> VulkanDevice? {
    guard let device = try testDevice() else { return nil }
    let cache = folder.map { ChoiceCache(folder: $0, device.logical.physical) }
    return VulkanDevice(device.logical, index: 0, KernelTuner(method, cache: cache))
  }

  /// Compiles and runs the layer.
  private func run(_ device: VulkanDevice) throws -> HostTensor {
    let builder = GraphBuilder(), g = Self.geometry
    let x = try builder.input("x", .f32, g.inputShape(batch: 2))
    let w = try builder.input("w", .f32, g.weightShape)
    try builder.output("y", builder.apply(.conv(g), x, w))
    let step = try device.makeStep(builder.finish(), state: device.makeState([]))
    var inputs: [String: HostTensor] = [:]
    for (name, type) in zip(["x", "w"], Self.types) {
      inputs[name] = HostTensor(type, rounding: (0..<type.count).map { sin(Double($0)) })
    }
    try step.run(inputs)
    return try #require(step.outputs()["y"])
  }

  private func chosen(_ device: VulkanDevice) throws -> String? {
    device.tuner.taken["kernels"][try task().key]
  }

  @Test func whatIsMeasuredIsRememberedAndNotMeasuredAgain() throws {
    try withFolder { folder in
      guard let first = try device(folder) else { return }
      _ = try run(first)
      let names = try task().choices(first.limits).map(\.name)
      let name = try #require(try chosen(first))
      #expect(names.contains(name) && names.contains("winograd") && names.contains("direct"))
      let cache = ChoiceCache(folder: folder, first.logical.physical)
      #expect(cache.read().choices["kernels"] == [try task().key: name])
      // A memory that is wrong is believed all the same: nothing was measured.
      let wrong = name == "winograd" ? "direct" : "winograd"
      var choices = Choices()
      choices["kernels"][try task().key] = wrong
      try FileManager.default.removeItem(atPath: folder)
      #expect(cache.add(choices) == nil)
      let second = try #require(try device(folder))
      _ = try run(second)
      #expect(try chosen(second) == wrong)
      expectNoMessages(second)
    }
  }

  /// Also where a task comes twice, and nothing of it is measured again.
  @Test func tasksAreMeasuredTogether() throws {
    try withFolder { folder in
      guard let device = try device(folder) else { return }
      let g = Self.geometry
      let gradient = try #require(
        KernelTask(
          .convGradWeight(g), [Self.types[0], TensorType(.f32, g.outputShape(batch: 2))], Self.types[1]))
      let tasks = try [task(), gradient, task()]
      device.tuner.prepare(for: tasks, on: device)
      _ = device.tuner.finish()
      let cache = ChoiceCache(folder: folder, device.logical.physical)
      #expect(Set(cache.read().choices["kernels"].keys) == Set(tasks.map(\.key)))
      Self.launches = 0
      device.logical.functions.cmdDispatch = { _, _, _, _ in KernelTunerTests.launches += 1 }
      device.tuner.prepare(for: tasks, on: device)
      #expect(Self.launches == 0)
      expectNoMessages(device)
    }
  }

  /// Functions in C carry no context.
  nonisolated(unsafe) private static var launches = 0

  /// What was kept and is no algorithm for it is measured anew, and said.
  @Test func anUnknownChoiceIsMeasuredAnew() throws {
    try withFolder { folder in
      guard let device = try device(folder) else { return }
      let task = try task()
      try device.keep(["kernels": .object([task.key: .string("by magic")])])
      device.tuner.prepare(for: [task], on: device)
      let choice = device.tuner.choice(for: task, on: device)
      #expect(task.choices(device.limits).contains(choice))
      #expect(device.tuner.finish().contains { $0.hasPrefix("\"by magic\", kept for ") })
      let cache = ChoiceCache(folder: folder, device.logical.physical)
      #expect(cache.read().choices["kernels"][task.key] == choice.name)
    }
  }

  /// The choices of one device give another one the same bits, whatever that was told.
  @Test func keptChoicesGiveTheSameBits() throws {
    guard let first = try device(nil, .winograd) else { return }
    let expected = try run(first)
    for method in VulkanBackend.ConvolutionMethod.allCases {
      let second = try #require(try device(nil, method))
      try second.keep(first.tuning)
      #expect(try run(second) == expected && second.tuning == first.tuning, "\(method)")
    }
    let direct = try #require(try device(nil, .direct))
    #expect(try run(direct) != expected)
  }

  @Test func otherMethodsWriteNothing() throws {
    try withFolder { folder in
      for method in VulkanBackend.ConvolutionMethod.allCases where method != .measured {
        guard let device = try device(folder, method) else { return }
        _ = try run(device)
      }
      #expect(!FileManager.default.fileExists(atPath: folder))
    }
  }

  @Test func damagedMemoryIsMeasuredAgain() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      guard let device = try device(folder) else { return }
      let path = ChoiceCache(folder: folder, device.logical.physical).path
      try Data("{\"format\": 1, ".utf8).write(to: URL(fileURLWithPath: path))
      _ = try run(device)
      #expect(ChoiceCache(folder: folder, device.logical.physical).read().choices["kernels"].count == 1)
    }
  }

  @Test func whatWasNotReturnedIsRefused() throws {
    guard let device = try device(nil) else { return }
    let error = #expect(throws: BackendError.self) { try device.keep(["kernels": .integer(3)]) }
    #expect(
      error?.description
        == "tuning of backend vulkan: \"kernels\" must be an object of texts, but is an integer")
  }
}
