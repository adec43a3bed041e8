import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers
import SfumatoOracle
import SfumatoRegistry
import Testing

/// Parameters whose values keep to something, whatever optimizer changes them.
@Suite struct ConstraintTests {
  private static let shapes: [String: Shape] = ["matrix": [3, 8], "kernel": [2, 3, 3, 4], "free": [4, 4]]

  /// States after `steps` steps along fixed gradients, where `constrained` parameters have unit rows.
  private func trained(
    _ optimizer: any Optimizer, _ constrained: Set<String>, steps: Int = 3, scaled: [Double] = [],
    keepsAverages: Bool = true
  ) throws -> [String: [Double]] {
    let graph = GraphBuilder(), scope = Scope(graph), count = optimizer.hyperparameterCount
    for (name, shape) in Self.shapes.sorted(by: { $0.key < $1.key }) {
      _ = try scope.parameter(
        name, shape, .normal(deviation: 1), layout: shape.rank == 4 ? .kernel : .same,
        constraint: constrained.contains(name) ? .unitRows : .none)
    }
    let parameters = scope.parameters.parameters
    _ = try scope.parameters.update(
      with: optimizer, keepsAverages: keepsAverages,
      gradients: parameters.map { try graph.input($0.name, .f32, $0.shape) },
      lossScale: scaled.isEmpty ? nil : graph.input("scale", .f32, []),
      hyperparameters: graph.input("hyper", .f32, [count]), clipNorm: nil)
    let program = try graph.finish()
    var states: [String: [Double]] = [:]
    for parameter in parameters {
      let values = parameter.initialValues(seed: 4).map(Double.init)
      states[ParameterList.parameterPrefix + parameter.name] = values
      if keepsAverages { states[ParameterList.averagePrefix + parameter.name] = values }
      for slot in optimizer.slots(of: parameter) {
        states[ParameterList.slotName(slot.name, parameter.name)] = Array(
          repeating: 0, count: slot.shape.count)
      }
    }
    for step in 1...steps {
      let hyper = optimizer.hyperparameters(step: step, learningRate: 0.1, averageDecay: 0.75)
      var inputs = ["hyper": hyper.map(Double.init)]
      for parameter in parameters {
        inputs[parameter.name] = Parameter(
          name: "gradient", shape: parameter.shape, initializer: .normal(deviation: 1)
        ).initialValues(seed: UInt64(step)).map(Double.init)
      }
      if step <= scaled.count { inputs["scale"] = [scaled[step - 1]] }
      states = try evaluate(program, inputs: inputs, states: states).states
    }
    return states
  }

  private func magnitudes(_ values: [Double]?, rows: Int) -> [Double] {
    guard let values else { return [] }
    let size = values.count / rows
    return (0..<rows).map { row in
      (values[row * size..<(row + 1) * size].reduce(0) { $0 + $1 * $1 } / Double(size)).squareRoot()
    }
  }

  @Test(arguments: Optimizers.registry.names)
  func rowsKeepTheirMagnitude(optimizer: String) throws {
    let made = try Optimizers.registry.entry(optimizer).optimizer()
    let states = try trained(made, ["matrix", "kernel"])
    let plain = try trained(made, [])
    for (name, rows) in [("matrix", 3), ("kernel", 2)] {
      let key = ParameterList.parameterPrefix + name
      for magnitude in magnitudes(states[key], rows: rows) {
        #expect(abs(magnitude - 1) < 2e-4, "\(name): \(magnitude)")
      }
      #expect(magnitudes(plain[key], rows: rows).contains { abs($0 - 1) > 1e-2 }, "\(name)")
    }
    // A parameter that keeps to nothing has the same bits as beside others that do not either.
    for (name, values) in plain where name.hasSuffix("free") { #expect(states[name] == values, "\(name)") }
    #expect(states.keys == plain.keys)
  }

  /// One step: the average moves towards the constrained value, and whether there is one changes nothing.
  @Test func averagesAreOfConstrainedValues() throws {
    let key = "matrix", names = [ParameterList.parameterPrefix, ParameterList.averagePrefix].map { $0 + key }
    let states = try trained(AdamW(), [key], steps: 1)
    let first = Parameter(
      name: key, shape: [3, 8], initializer: .normal(deviation: 1), constraint: .unitRows
    ).initialValues(seed: 4).map(Double.init)
    for magnitude in magnitudes(first, rows: 3) { #expect(abs(magnitude - 1) < 2e-4) }
    let value = states[names[0]] ?? [], average = states[names[1]] ?? []
    #expect(value.count == 24 && average.count == 24 && value != first)
    for index in average.indices {
      #expect(abs(average[index] - (0.75 * first[index] + 0.25 * value[index])) < 1e-6)
    }
    #expect(try trained(AdamW(), [key], steps: 1, keepsAverages: false)[names[0]] == value)
  }

  /// With gradients that overflow everything stays, the constrained values included.
  @Test func skippedStepsChangeNothing() throws {
    let once = try trained(AdamW(), ["matrix"], steps: 1, scaled: [2])
    let skipped = try trained(AdamW(), ["matrix"], steps: 2, scaled: [2, .nan])
    #expect(once == skipped)
  }

  @Test func aParameterIsNotDeclaredWithTwoConstraints() throws {
    let scope = Scope(GraphBuilder())
    _ = try scope.parameter("w", [2, 2], .zeros)
    let error = #expect(throws: GraphError.self) {
      try scope.parameter("w", [2, 2], .zeros, constraint: .unitRows)
    }
    #expect(error?.description.contains("constraint") == true)
  }
}
