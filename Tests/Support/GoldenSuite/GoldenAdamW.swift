import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoGraph
import SfumatoNN
import SfumatoOptimizers

/// Ten AdamW steps with clipping and EMA from PyTorch.
public enum GoldenAdamW {
  /// Errors relative to the norm of what is compared.
  public struct Deviation {
    /// Of all parameters together.
    public var parameters: Double
    public var averages: Double
    public var losses: Double
    /// Of the gradients' norms before clipping.
    public var norms: Double
    /// Of the parameter that is furthest off. Key biases are left out: softmax makes their gradient zero, and
    /// Adam's quotient makes steps of its rounding errors.
    public var worst: (name: String, error: Double)
  }

  public static func deviation(on device: any Device) throws -> Deviation {
    let file = try GoldenFile(module: "Optimizers", name: "adamw"), unet = try GoldenUNet("unconditional")
    let builder = GraphBuilder(), optimizer = AdamW(beta1: 0.9, beta2: 0.99, eps: 1e-8, weightDecay: 0.05)
    let scope = Scope(builder), list = scope.parameters
    let loss = try unet.loss(builder, scope).loss
    let norm = try list.update(
      with: optimizer, gradients: gradients(of: loss, wrt: list.trainable.map(\.tensor)),
      hyperparameters: builder.input("hyperparameters", .f32, [optimizer.hyperparameterCount]), clipNorm: 0.5)
    try builder.output("loss", loss)
    try builder.output("norm", norm)
    let program = try builder.finish()
    let state = try device.makeState(for: program)
    for prefix in [ParameterList.parameterPrefix, ParameterList.averagePrefix] {
      try unet.write(to: state, list.parameters, prefix: prefix)
    }
    let step = try device.makeStep(program, state: state)
    var losses: [Double] = [], norms: [Double] = [], inputs = try unet.inputs()
    for number in 1...10 {
      inputs["hyperparameters"] = HostTensor(
        optimizer.hyperparameters(step: number, learningRate: 3e-3, averageDecay: 0.9),
        [optimizer.hyperparameterCount])
      try step.run(inputs)
      let outputs = try step.outputs()
      losses += outputs["loss"]?.doubles ?? []
      norms += outputs["norm"]?.doubles ?? []
    }
    func compare(_ statePrefix: String, _ goldenPrefix: String) throws -> [(String, [Double], [Double])] {
      try list.parameters.map {
        let found = try state.read(statePrefix + $0.name).doubles
        return ($0.name, $0.checkpointLayout(found), try file(goldenPrefix + $0.name).values)
      }
    }
    let parameters = try compare(ParameterList.parameterPrefix, "parameter.")
    let averages = try compare(ParameterList.averagePrefix, "ema.")
    let each = parameters.filter { !$0.0.hasSuffix("to_k.bias") }.map { ($0.0, relativeError($0.1, $0.2)) }
    return Deviation(
      parameters: relativeError(parameters.flatMap { $0.1 }, parameters.flatMap { $0.2 }),
      averages: relativeError(averages.flatMap { $0.1 }, averages.flatMap { $0.2 }),
      losses: relativeError(losses, try file("losses").values),
      norms: relativeError(norms, try file("norms").values),
      worst: each.max { $0.1 < $1.1 } ?? ("none", .infinity))
  }
}
