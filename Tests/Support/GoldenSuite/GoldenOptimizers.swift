import GoldenSupport
import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoNN
import SfumatoOptimizers
import SfumatoRegistry

/// Ten steps of optimizers from given gradients, from PyTorch and NumPy.
public enum GoldenOptimizers {
  /// Adam without a mean of gradients, as R3GAN trains, and with one.
  public static let adam = ["r3gan", "usual"]
  /// The others, by the names of their settings.
  public static let others = ["lion", "radam", "muon", "muon_adamw"]

  /// Relative errors of each parameter, average and tensor of the optimizer after the steps.
  public static func deviations(of name: String, on device: any Device) throws -> [String: Double] {
    let isAdam = adam.contains(name)
    let file = try GoldenFile(module: "Optimizers", name: isAdam ? "adam" : "optimizers")
    let settings = try JSONValue(parsing: file.metadata["settings"] ?? "")[name]
    guard let rate = settings?["lr"]?.number, let decay = file.metadata["decay"].flatMap(Double.init),
      let steps = file.metadata["steps"].flatMap({ Int($0) })
    else { throw GoldenFile.BadFile(description: "\(file.name) has no settings \(name)") }
    let optimizer = try Optimizers.registry.entry(settings?["kind"]?.string ?? "adam").optimizer(
      isAdam ? adamOptions(settings) : options(settings?["options"]))
    let starts = file.group("start.").sorted { $0.key < $1.key }

    let graph = GraphBuilder(), scope = Scope(graph)
    var gradients: [Tensor] = []
    for (parameter, start) in starts {
      _ = try scope.parameter(parameter, Shape(start.shape), .zeros)
      gradients.append(try graph.input("gradient." + parameter, .f32, Shape(start.shape)))
    }
    _ = try scope.parameters.update(
      with: optimizer, gradients: gradients,
      hyperparameters: graph.input("hyperparameters", .f32, [optimizer.hyperparameterCount]), clipNorm: nil)
    let program = try graph.finish()
    let state = try device.makeState(for: program)
    for (parameter, start) in starts {
      for prefix in [ParameterList.parameterPrefix, ParameterList.averagePrefix] {
        try state.write(prefix + parameter, HostTensor(start.floats, Shape(start.shape)))
      }
    }
    let step = try device.makeStep(program, state: state)
    for number in 1...steps {
      var inputs = [
        "hyperparameters": HostTensor(
          optimizer.hyperparameters(step: number, learningRate: rate, averageDecay: decay),
          [optimizer.hyperparameterCount])
      ]
      for (parameter, start) in starts {
        let all = try file("gradient." + parameter).floats, count = start.values.count
        inputs["gradient." + parameter] = HostTensor(
          all[(number - 1) * count..<number * count], Shape(start.shape))
      }
      try step.run(inputs)
    }
    var errors: [String: Double] = [:]
    for (key, expected) in file.group(name + ".") {
      errors[key] = relativeError(try state.read(key).doubles, expected.values)
    }
    return errors
  }

  private static func adamOptions(_ settings: JSONValue?) -> [String: OptionValue] {
    let betas = settings?["betas"]?.array?.compactMap(\.number) ?? []
    return [
      "beta1": .number(betas.first ?? 0), "beta2": .number(betas.last ?? 0),
      "eps": .number(settings?["eps"]?.number ?? 0),
    ]
  }

  private static func options(_ json: JSONValue?) -> [String: OptionValue] {
    var options: [String: OptionValue] = [:]
    for (name, value) in json?.object?.members ?? [] {
      options[name] = value.number.map { .number($0) } ?? .text(value.string ?? "")
    }
    return options
  }
}
