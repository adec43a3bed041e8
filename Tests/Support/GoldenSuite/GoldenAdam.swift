import GoldenSupport
import SfumatoBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoNN
import SfumatoOptimizers

/// Ten Adam steps from given gradients, from PyTorch: without a mean of gradients, as R3GAN trains, and with one.
public enum GoldenAdam {
  /// The names of the settings that there are.
  public static let names = ["r3gan", "usual"]

  /// Relative errors of each parameter, average and tensor of the optimizer after the steps.
  public static func deviations(of name: String, on device: any Device) throws -> [String: Double] {
    let file = try GoldenFile(module: "Optimizers", name: "adam")
    let settings = try JSONValue(parsing: file.metadata["settings"] ?? "")[name]
    guard let rate = settings?["lr"]?.number, let eps = settings?["eps"]?.number,
      let betas = settings?["betas"]?.array?.compactMap(\.number), betas.count == 2,
      let decay = file.metadata["decay"].flatMap(Double.init),
      let steps = file.metadata["steps"].flatMap({ Int($0) })
    else { throw GoldenFile.BadFile(description: "\(file.name) has no settings \(name)") }
    let optimizer = Adam(beta1: betas[0], beta2: betas[1], eps: eps)
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
          Array(all[(number - 1) * count..<number * count]), Shape(start.shape))
      }
      try step.run(inputs)
    }
    var errors: [String: Double] = [:]
    for (key, expected) in file.group(name + ".") {
      errors[key] = relativeError(try state.read(key).doubles, expected.values)
    }
    return errors
  }
}
