import Foundation
import SfumatoOptimizers
import Testing

@Suite struct ScheduleTests {
  @Test func halfACosine() {
    let schedule = CosineSchedule(from: 2, to: 0.5, steps: 100)
    #expect(schedule(step: 1) == 2)
    #expect(abs(schedule(step: 51) - 1.25) < 1e-12)
    // cos 60° is a half, so that three quarters are left after a third of the way.
    #expect(abs(CosineSchedule(from: 1, to: 0, steps: 3)(step: 2) - 0.75) < 1e-12)
    #expect(abs(schedule(step: 100) - 0.5) < 1e-3 && schedule(step: 100) > 0.5)
    #expect([101, 102, 100_000].map { schedule(step: $0) } == [0.5, 0.5, 0.5])
    // Up as well as down, and without steps at its end after the first.
    #expect(abs(CosineSchedule(from: 0, to: 4, steps: 2)(step: 2) - 2) < 1e-12)
    #expect([0, 1, 2].map { CosineSchedule(from: 1, to: 3, steps: 0)(step: $0) } == [1, 1, 3])
    #expect([1, 9].map { CosineSchedule(from: 3, to: 3, steps: 4)(step: $0) } == [3, 3])
  }

  @Test func learningRatesEndAtTheirLast() {
    let schedule = LearningRateSchedule(peak: 2, decay: .cosine, final: 0.5, warmupSteps: 4, totalSteps: 104)
    #expect([2, 4, 5].map { schedule(step: $0) } == [1, 2, 2])
    #expect(abs(schedule(step: 55) - 1.25) < 1e-12)
    #expect(schedule(step: 105) == 0.5)
  }

  /// Half of an average is forgotten in as many steps as its half-life.
  @Test func halfLives() {
    let constant = AverageSchedule(halfLife: CosineSchedule(from: 20, to: 20, steps: 1))
    #expect(abs(pow(constant(step: 1), 20) - 0.5) < 1e-12)
    #expect(constant(step: 1) == constant(step: 1000))
    let growing = AverageSchedule(halfLife: CosineSchedule(from: 0, to: 20, steps: 100))
    // The first average is the parameters themselves.
    #expect(growing(step: 1) == 0)
    #expect(abs(pow(growing(step: 51), 10) - 0.5) < 1e-12)
    #expect(abs(pow(growing(step: 101), 20) - 0.5) < 1e-12)
    let decays = (1...120).map { growing(step: $0) }
    #expect(zip(decays, decays.dropFirst()).allSatisfy { $0 <= $1 })
  }
}
