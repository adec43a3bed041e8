import Testing

@testable import SfumatoVulkanBackend

/// Which commands run beside each other.
@Suite struct CommandLevelTests {
  private func touch(_ offset: Int, _ count: Int, _ access: Access, buffer: Int = 0) -> Binding {
    Binding(
      range: ByteRange(buffer: BufferID(index: buffer), offset: offset, count: count), access: access)
  }

  private func levels(_ commands: [[Binding]]) -> [Int] {
    var levels = CommandLevels()
    return commands.map { levels.level($0) }
  }

  /// Before which of the commands a barrier stands, where they are recorded in their order.
  private func barriers(_ commands: [[Binding]]) -> [Bool] {
    var highest = 0
    return levels(commands).map { level in
      defer { highest = max(highest, level) }
      return level > highest
    }
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

  @Test func onlyConflictsMakeLevels() {
    let found = levels([
      [touch(0, 256, .write)],
      // Other bytes, and the same bytes of another buffer.
      [touch(256, 256, .write)], [touch(0, 256, .write, buffer: 1)],
      // Read after write, by two; a write after both readers; one beside them.
      [touch(255, 1, .read)], [touch(0, 512, .read)], [touch(300, 4, .write)], [touch(512, 4, .write)],
      // Write after write, and after reads only.
      [touch(303, 4, .write)], [touch(0, 4, .readWrite)], [touch(0, 4, .read)],
    ])
    #expect(found == [0, 0, 0, 1, 1, 2, 0, 3, 2, 3])
  }

  /// What is independent of a long chain does not wait for it.
  @Test func twoChainsShareTheirLevels() {
    let chain = (0..<5).map { [touch(4 * $0, 4, .read), touch(4 * $0 + 4, 4, .write)] }
    let other = (0..<5).map { [touch(4 * $0, 4, .read, buffer: 1), touch(4 * $0 + 4, 4, .write, buffer: 1)] }
    #expect(levels(chain + other) == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4])
  }

  @Test func groupsAreTakenApart() {
    let (a, b) = (BufferID(index: 0), BufferID(index: 1))
    func copy(_ buffer: BufferID, _ from: Int) -> Command {
      .copy(
        from: ByteRange(buffer: buffer, offset: from, count: 4),
        to: ByteRange(buffer: buffer, offset: from + 4, count: 4))
    }
    let groups = [
      CommandGroup(name: "first", commands: [copy(a, 0), copy(a, 4)]),
      CommandGroup(name: "second", commands: [copy(b, 0), copy(b, 4)]),
    ]
    let levels = CommandLevels.levels(groups)
    #expect(levels.map { $0.map(\.name) } == [["first", "second"], ["first", "second"]])
    #expect(levels.map { $0.map(\.command) } == [[copy(a, 0), copy(b, 0)], [copy(a, 4), copy(b, 4)]])
  }

  /// Held against every pair of commands, over random accesses.
  @Test(arguments: 0..<20) func levelsRespectEveryConflict(seed: UInt64) {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func random(_ count: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % count
    }
    let commands = (0..<120).map { _ in
      (0...random(3)).map { _ in
        touch(random(60), 1 + random(20), [.read, .write, .readWrite][random(3)], buffer: random(2))
      }
    }
    let found = levels(commands)
    for later in commands.indices {
      var lowest = 0
      for earlier in 0..<later {
        let conflicts = commands[later].contains { a in
          commands[earlier].contains { b in
            a.range.overlaps(b.range) && (a.access.writes || b.access.writes)
          }
        }
        if conflicts {
          #expect(found[later] > found[earlier])
          lowest = max(lowest, found[earlier] + 1)
        }
      }
      #expect(found[later] == lowest)
    }
  }
}
