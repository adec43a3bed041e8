import SfumatoBackend
import Testing

/// Working until a device is as fast as it gets, on a clock that the test keeps.
@Suite struct WarmUpTests {
  /// How often, and until when, work runs on a device that takes so long for it at a time.
  private func run(_ warmUp: WarmUp, _ duration: (Double) -> Double) -> (count: Int, end: Double) {
    var time = 0.0, count = 0
    warmUp.run(now: { time }) {
      time += duration(time)
      count += 1
    }
    return (count, time)
  }

  @Test func aSteadyDeviceIsBelievedSoon() {
    let (_, end) = run(.clocks) { _ in 0.01 }
    #expect(end >= 0.5 && end < 0.6)
  }

  /// A clock that rises between 0.2 and 1.2 s.
  @Test func itLastsUntilTheClockIsUp() {
    let (_, end) = run(.clocks) { 0.05 - 0.04 * min(max($0 - 0.2, 0), 1) }
    #expect(end > 1.2 && end < 2)
  }

  @Test func itEndsWhereNothingSettles() {
    let (_, end) = run(.clocks) { 0.1 * (1 - $0 / 4) }
    #expect(end >= 3 && end < 3.2)
  }

  @Test func longWorkIsDoneOnce() {
    #expect(run(.clocks) { _ in 4 }.count == 1)
  }

  @Test func aDeviceWithoutClocksOfItsOwnNeedsNone() {
    for kind in [DeviceInfo.Kind.cpu, .software, .reference] {
      let device = DeviceInfo(backend: "some", index: 0, name: "device", kind: kind, driver: "", memory: 0)
      #expect(run(WarmUp(for: device)) { _ in 0.01 }.count == 1)
    }
  }
}
