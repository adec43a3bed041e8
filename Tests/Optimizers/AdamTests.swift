import Foundation
import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers
import SfumatoOracle
import Testing

@Suite struct AdamTests {
  /// The hyperparameters of constant decays are those of PyTorch's bias corrections.
  @Test func constantDecays() {
    let adam = Adam(beta1: 0.5, beta2: 0.75)
    #expect(
      adam.hyperparameters(step: 2, learningRate: 3, averageDecay: 0.125)
        == [3, 1 / 0.75, 0.75, 0.25, 1 / (1 - 0.5625 as Double).squareRoot(), 0.125].map { Float($0) })
    // Without a mean of gradients there is nothing to correct.
    #expect(Adam(beta1: 0).hyperparameters(step: 7, learningRate: 1, averageDecay: 1)[1] == 1)
    // Far on all of the weights are there.
    #expect(adam.hyperparameters(step: 1_000_000, learningRate: 1, averageDecay: 1)[4] == 1)
  }

  /// β2 from 0.5 to 0.75 in 2 steps is 0.5, 0.625, 0.75, 0.75, …
  @Test func scheduledDecays() {
    let adam = Adam(beta1: 0, beta2: 0.5, finalBeta2: 0.75, scheduleSteps: 2)
    let decays = [0.5, 0.625, 0.75, 0.75]
    var product = 1.0
    for (index, decay) in decays.enumerated() {
      product *= decay
      let found = adam.hyperparameters(step: index + 1, learningRate: 1, averageDecay: 1).map(Double.init)
      for (a, b) in zip(found, [1, 1, decay, 1 - decay, 1 / (1 - product).squareRoot(), 1]) {
        #expect(abs(a - b) < 1e-6, "step \(index + 1)")
      }
    }
  }

  /// However β2 goes, the mean of equal squares is that square: every step is as long as the learning rate.
  @Test func equalGradientsMakeEqualSteps() throws {
    let adam = Adam(beta1: 0, beta2: 0.9, finalBeta2: 0.99, scheduleSteps: 5)
    let graph = GraphBuilder(), scope = Scope(graph)
    _ = try scope.parameter("p", [2], .zeros)
    _ = try scope.parameters.update(
      with: adam, keepsAverages: false, gradients: [graph.constant([3, -0.02], .f32, [2])],
      hyperparameters: graph.input("hyper", .f32, [6]), clipNorm: nil)
    let program = try graph.finish()
    var states: [String: [Double]] = [
      "parameter.p": [0, 0], "optimizer.m.p": [0, 0], "optimizer.v.p": [0, 0],
    ]
    for step in 1...8 {
      let hyper = adam.hyperparameters(step: step, learningRate: 0.25, averageDecay: 0).map(Double.init)
      states = try evaluate(program, inputs: ["hyper": hyper], states: states).states
      let found = states["parameter.p"] ?? [.nan, .nan]
      #expect(abs(found[0] + 0.25 * Double(step)) < 1e-4, "step \(step)")
      #expect(abs(found[1] - 0.25 * Double(step)) < 1e-4, "step \(step)")
    }
  }
}
