import Sfumato
import SfumatoConformance
import SfumatoConformanceModels

/// A training step on two backends, value by value.
struct BackendComparison {
  private let names: [String]
  private let comparison: NodeComparison

  /// - Parameters:
  ///   - names: of the two backends.
  ///   - recipe: path of the recipe whose step is traced; a small U-Net when nil.
  init(_ names: [String], recipe: String?) throws {
    self.names = names
    let devices = try names.map { try Backends.choose($0).open() }
    let step = try TracedStep(recipe.map { try Recipe(path: $0, overrides: []) } ?? TracedStep.smallRecipe)
    comparison = try NodeComparison(
      step.program, inputs: step.inputs, states: step.states, on: devices[0], and: devices[1])
  }

  /// Says what was found; a difference ends the command with exit code 5.
  func report(asJSON: Bool) throws {
    if asJSON { Terminal.jsonLine(json) } else { print(text) }
    if comparison.first != nil { throw CommandEnd(code: .divergence) }
  }

  private var text: String {
    let pair = names.joined(separator: " and ")
    guard let first = comparison.first else {
      let rest =
        comparison.fromRounding == 0
        ? "" : ", \(comparison.fromRounding) of them but for what became of rounding"
      return
        "\(pair) agree on \(comparison.nodes) nodes\(rest); the largest error is \(comparison.largestError)"
    }
    return Terminal.table([
      ["first difference", "node \(first.index) of \(comparison.nodes): \(first.operation)"],
      ["traced at", first.scope.isEmpty ? "the top" : first.scope], ["types", first.types],
      ["error", "\(first.error) between \(pair)"],
      ["by itself", "\(first.ownError), handed the same operands"],
      ["in all", "\(comparison.differing) nodes differ"],
    ])
  }

  private var json: JSONObject {
    var object: JSONObject = [
      "backends": .array(names.map(JSONValue.string)), "nodes": .integer(comparison.nodes),
      "differing": .integer(comparison.differing), "from_rounding": .integer(comparison.fromRounding),
      "largest_error": .number(comparison.largestError),
    ]
    if let first = comparison.first {
      object["first"] = [
        "node": .integer(first.index), "op": .string(first.operation), "scope": .string(first.scope),
        "types": .string(first.types), "error": first.error.isFinite ? .number(first.error) : .null,
        "own_error": first.ownError.isFinite ? .number(first.ownError) : .null,
      ]
    }
    return object
  }
}
