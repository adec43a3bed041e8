import Foundation
import SfumatoCheckpoint
import SfumatoConfiguration
import SfumatoOracle
import SfumatoRegistry
import SfumatoTraining
import Testing
import TrainingSupport

/// Options and learning rates by the names of parameters.
@Suite struct ParameterGroupTests {
  private func trained(_ change: (inout Recipe) -> Void) throws -> [String: [UInt8]] {
    let run = try TinyRun()
    defer { run.remove() }
    let recipe = TinyRun.recipe {
      $0.training.steps = 3
      change(&$0)
    }
    try run.trainer(recipe, on: OracleBackend().open(0)).run()
    let path = run.folder.checkpoints.path(step: 3) + "/model.safetensors"
    let file = try Safetensors(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
    return Dictionary(uniqueKeysWithValues: file.tensors.map { ($0.name, $0.bytes) })
  }

  /// A group of everything is what the optimizer itself would be.
  @Test func groupsHoldForTheirParameters() throws {
    let plain = try trained { _ in }
    let decayed = try trained { $0.optimizer.options = ["weight_decay": 0.5] }
    let slow = try trained { $0.optimizer.learningRate *= 0.25 }
    #expect(plain != decayed && plain != slow)
    #expect(try trained { $0.optimizer.groups = ["*": [:]] } == plain)
    #expect(try trained { $0.optimizer.groups = ["*": ["weight_decay": 0.5]] } == decayed)
    #expect(try trained { $0.optimizer.groups = ["*": ["rate": 0.25]] } == slow)
    let mixed = try trained {
      $0.optimizer.groups = ["*.bias": ["rate": 0], "conv_in.weight": ["weight_decay": 0.5]]
    }
    let start = try trained { $0.optimizer.groups = ["*": ["rate": 0]] }
    for (name, values) in mixed {
      #expect((values == start[name]) == name.hasSuffix(".bias"), "\(name)")
    }
  }

  @Test(
    arguments: [
      (["*.bais": [:]], "optimizer.groups: \"*.bais\": no parameter is called so; there are "),
      (
        ["*.bias": [:], "conv_in.*": [:]],
        "optimizer.groups: conv_in.bias is in several, \"*.bias\" and \"conv_in.*\"; narrow the patterns"
      ),
      (["*.bias": ["wieght_decay": 0]], "optimizer \"adamw\" for \"*.bias\" has no option \"wieght_decay\""),
      (["*.bias": ["rate": -1]], "option \"rate\" of optimizer \"adamw\" for \"*.bias\" is -1, but must be "),
    ] as [([String: [String: OptionValue]], String)])
  func badGroupsAreRefused(groups: [String: [String: OptionValue]], expected: String) throws {
    let recipe = TinyRun.recipe { $0.optimizer.groups = groups }
    let error = #expect(throws: (any Error).self) {
      try TrainingPlan(Components(recipe: recipe), device: OracleBackend().open(0))
    }
    #expect("\(error.map { "\($0)" } ?? "")".hasPrefix(expected), "\(error.map { "\($0)" } ?? "")")
  }
}
