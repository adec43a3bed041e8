import SfumatoBackend
import SfumatoGraph
import SfumatoRandom
import Testing

@testable import SfumatoVulkanBackend

/// What is planned, against what the device has.
@Suite(.serialized) struct MemoryTests {
  /// A network whose values of 9 KiB live until its gradient-like way back.
  private func program() throws -> Program {
    let graph = GraphBuilder()
    var x = try graph.input("x", .f32, [48, 48])
    var kept: [Tensor] = []
    for layer in 0..<5 {
      let w = try graph.state("w\(layer)", .f32, [48, 48])
      x = try x.matmul(w).tanh()
      kept.append(x)
      try graph.update("w\(layer)", to: w + x * 0.01)
    }
    for value in kept.reversed() { x = try x.matmul(value, transposeA: true).tanh() }
    try graph.output("y", x)
    return try graph.finish()
  }

  private func bytes(_ device: VulkanDevice, _ step: any Step, _ state: any StateStore) throws -> [[UInt8]] {
    let names = state.slots.map(\.name)
    for (index, name) in names.enumerated() {
      let normals = RandomStream(seed: 3, step: UInt64(index), purpose: .noise).normals(48 * 48)
      try state.write(name, HostTensor(normals, [48, 48]))
    }
    for number in 0..<3 {
      let normals = RandomStream(seed: 4, step: UInt64(number), purpose: .noise).normals(48 * 48)
      try step.run(["x": HostTensor(normals, [48, 48])])
    }
    return try [step.outputs()["y"]?.bytes ?? []] + names.map { try state.read($0).bytes }
  }

  private func make(_ device: VulkanDevice) throws -> (step: VulkanStep, state: any StateStore) {
    let program = try program()
    let state = try device.makeState(for: program)
    return (try #require(try device.makeStep(program, state: state) as? VulkanStep), state)
  }

  /// As if no more than 20,000 bytes could be had at once: two values a piece.
  @Test func theArenaIsHadInPieces() throws {
    guard let whole = try testDevice(), let pieces = try testDevice() else { return }
    let (step, state) = try make(whole)
    let expected = try bytes(whole, step, state)
    pieces.logical.memory.maxAllocation = 20_000
    let (cutStep, cutState) = try make(pieces)
    #expect(step.arenaPieceCount == 1 && cutStep.arenaPieceCount > 2, "\(cutStep.arenaPieceCount)")
    #expect(cutStep.buffers.values.allSatisfy { $0.size <= 20_000 })
    let found = try bytes(pieces, cutStep, cutState)
    #expect(found == expected && Set(expected).count == 6)
    expectNoMessages(pieces)
  }

  @Test func whatIsTooLargeForOnePieceIsRefused() throws {
    guard let device = try testDevice() else { return }
    let program = try program()
    let state = try device.makeState(for: program)
    device.logical.memory.maxAllocation = 4096
    for body in [
      { _ = try device.makeState(for: program) }, { _ = try device.makeStep(program, state: state) },
    ] {
      var found: VulkanError?
      do { try body() } catch let error as VulkanError { found = error }
      guard case .memoryLimit(_, let bytes, _, let allowed) = try #require(found) else {
        Issue.record("\(String(describing: found))")
        continue
      }
      #expect(bytes == 48 * 48 * 4 && allowed <= 4096)
      #expect(found?.description.contains("maxMemoryAllocationSize") == true)
    }
    expectNoMessages(device)
  }

  /// A heap that is nearly full: refused with the numbers before anything is allocated.
  @Test func whatDoesNotFitIsRefused() throws {
    guard let device = try testDevice() else { return }
    let memory = device.logical.memory, program = try program()
    memory.heapSize = 100_000
    #expect(memory.free(heap: 0) == 100_000)
    try withExtendedLifetime(device.makeState(for: program)) { state in
      let left = memory.free(heap: 0)
      #expect(left < 100_000 - 5 * 9000)
      var found: VulkanError?
      do { _ = try device.makeStep(program, state: state) } catch let error as VulkanError { found = error }
      guard case .memoryLimit(_, let bytes, _, let allowed) = try #require(found) else {
        Issue.record("\(String(describing: found))")
        return
      }
      #expect(bytes > allowed && allowed == Int(left))
      #expect(memory.free(heap: 0) == left)
      let text = try #require(found?.description)
      #expect(text.contains("free") && text.contains("use a smaller batch"), "\(text)")
    }
    // What is given back counts again.
    #expect(memory.free(heap: 0) == 100_000)
    expectNoMessages(device)
  }

  @Test func theDriversAccountIsBelieved() throws {
    guard let device = try testDevice() else { return }
    let physical = device.logical.physical
    for heap in physical.heaps.indices {
      let free = device.logical.memory.free(heap: heap)
      #expect(free > 0 && free <= physical.heaps[heap].size)
    }
  }

  @Test func whatIsTakenBesidesThePlanIsTold() throws {
    guard let device = try testDevice() else { return }
    let (step, _) = try make(device)
    let side = 48 * 48 * 4
    // Inputs and outputs twice, of which one side of the inputs is planned.
    #expect(step.workspaceByteCount >= 3 * side && step.workspaceByteCount < 20 * side)
    device.upload = .copied
    #expect(try make(device).step.workspaceByteCount == step.workspaceByteCount + 2 * side)
    expectNoMessages(device)
  }
}
