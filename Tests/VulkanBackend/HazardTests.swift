import Testing

@testable import SfumatoVulkanBackend

/// Where barriers stand.
@Suite struct HazardTests {
  private func touch(_ offset: Int, _ count: Int, _ access: Access, buffer: Int = 0) -> Binding {
    Binding(
      range: ByteRange(buffer: BufferID(index: buffer), offset: offset, count: count), access: access)
  }

  /// Before which of the commands a barrier stands.
  private func barriers(_ commands: [[Binding]]) -> [Bool] {
    var hazards = Hazards()
    return commands.map { hazards.needsBarrier($0) }
  }

  @Test func onlyConflictsNeedABarrier() {
    let found = barriers([
      [touch(0, 256, .write)],
      // Other bytes, and the same bytes of another buffer.
      [touch(256, 256, .write)], [touch(0, 256, .write, buffer: 1)],
      // Read after write.
      [touch(255, 1, .read)],
      // The barrier has settled the writes; two readers agree; a writer after a reader does not.
      [touch(0, 512, .read)], [touch(300, 4, .write)],
      // Write after write.
      [touch(303, 4, .write)],
    ])
    #expect(found == [false, false, false, true, false, true, true])
  }

  @Test func whatABarrierSettledIsForgotten() {
    let found = barriers([
      [touch(0, 4, .write)], [touch(0, 4, .readWrite)], [touch(0, 4, .read)], [touch(0, 4, .read)],
    ])
    #expect(found == [false, true, true, false])
  }

  @Test func copiesAndFillsAreAccessesToo() {
    let a = ByteRange(buffer: BufferID(index: 0), offset: 0, count: 64)
    let b = ByteRange(buffer: BufferID(index: 0), offset: 64, count: 64)
    let found = barriers([
      Command.zero(a).accesses, Command.copy(from: a, to: b).accesses, [touch(0, 64, .read)],
      [touch(64, 64, .read)],
    ])
    #expect(found == [false, true, false, true])
  }
}
