import SfumatoBackend
import SfumatoGraph
import SfumatoOracle
import Testing

@testable import SfumatoTraining

@Suite struct RecentStepsTests {
  @Test func theLastFewAreKept() throws {
    let device = try OracleBackend().open(0), graph = GraphBuilder()
    try graph.output("y", graph.constant(1))
    let program = try graph.finish(), state = try device.makeState(for: program)
    var recent = RecentSteps<Int>(), made: [Int] = []
    func ask(_ key: Int) throws {
      _ = try recent.step(key) {
        made.append(key)
        return try device.makeStep(program, state: state)
      }
    }
    for key in [1, 2, 3, 4, 1, 5, 1, 2] { try ask(key) }
    #expect(made == [1, 2, 3, 4, 5, 2] && recent.count == 4)
  }
}
