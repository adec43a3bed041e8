import SfumatoDiagnostics
import Testing

@Suite struct NearestNameTests {
  @Test func findsSlipsOfTheHand() {
    let names = ["learning_rate", "batch", "steps", "seed"]
    #expect(nearestName(to: "learning_rat", in: names) == "learning_rate")
    #expect(nearestName(to: "setps", in: names) == "steps")
    #expect(nearestName(to: "Batch", in: names) == "batch")
  }

  @Test func staysSilentWhenNothingIsNear() {
    #expect(nearestName(to: "resolution", in: ["batch", "seed"]) == nil)
    #expect(suggestion(for: "resolution", among: ["batch", "seed"]) == "one of: batch, seed")
  }
}
