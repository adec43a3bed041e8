import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoConditions
import SfumatoGraph
import SfumatoModels
import SfumatoNN

/// A U-Net with a reference's weights, prediction and gradients, to be run on any device.
public struct GoldenUNet {
  public let file: GoldenFile
  public let model: any DenoisingModel
  private let conditions: [any Condition]
  /// The names of the files from diffusers, one a configuration.
  public static let names = ["unconditional", "class_conditional", "ddpm_cifar10", "fourier_scale_shift"]
  /// Those of EDM2's network. The second has gradients of some of the parameters only.
  public static let magnitudePreserving = ["edm2", "edm2_conditional"]

  public init(_ name: String) throws {
    file = try GoldenFile(module: "Models", name: name)
    guard file.metadata["config"] == nil else {
      let options = try UNet2DConfiguration(json: file.json("config"))
      model = try UNet2D(options)
      conditions = options.numClassEmbeds.map { [ClassCondition(count: $0)] } ?? []
      return
    }
    let made = try file.registeredModel()
    guard let model = made as? any DenoisingModel else {
      throw GoldenFile.BadFile(description: "\(name): \(made.kind) does not denoise")
    }
    self.model = model
    conditions = try file.conditions()
  }

  /// How far a device is from the golden values, relative to their norm.
  public struct Deviation {
    public var prediction: Double
    public var loss: Double
    /// By parameter, and `x` for the input.
    public var gradients: [String: Double]

    /// The gradient that is furthest off.
    public var worstGradient: (name: String, error: Double) {
      let worst = gradients.max { $0.value < $1.value }
      return (worst?.key ?? "none", worst?.value ?? .infinity)
    }
  }

  /// Runs prediction, loss and those gradients on `device` that the file has.
  public func deviation(on device: any Device) throws -> Deviation {
    let traced = try trace()
    let state = try device.makeState(for: traced.program)
    try write(to: state, traced.parameters)
    let step = try device.makeStep(traced.program, state: state)
    try step.run(inputs())
    let outputs = try step.outputs()
    func found(_ name: String) -> [Double] { outputs[name]?.doubles ?? [] }
    let x = try file("gradient.x"), y = try file("y")
    var gradients = [("x", channelsFirst(found("gradient.x"), like: x.shape), x.values)]
    for parameter in traced.parameters where parameter.isTrainable {
      let name = "gradient." + parameter.name
      guard let expected = file.tensors[name] else { continue }
      gradients.append((parameter.name, parameter.checkpointLayout(found(name)), expected.values))
    }
    return Deviation(
      prediction: relativeError(channelsFirst(found("y"), like: y.shape), y.values),
      loss: relativeError(found("loss"), try file("loss").values), gradients: Self.deviations(gradients))
  }

  /// Relative errors by name. A gradient that is zero but for rounding (softmax makes that of a key's bias
  /// so) is measured against a thousandth of the norm of all gradients.
  private static func deviations(
    _ gradients: [(name: String, found: [Double], expected: [Double])]
  ) -> [String: Double] {
    let total = norm(gradients.flatMap(\.expected))
    var errors: [String: Double] = [:]
    for (name, found, expected) in gradients {
      let size = norm(expected)
      let scale = size > 1e-6 * total ? 1 : size / (1e-3 * total)
      errors[name] = relativeError(found, expected) * scale
    }
    return errors
  }

  /// The loss that the golden values were made with: mean(y·direction) + mean(y²).
  public func loss(_ builder: GraphBuilder, _ scope: Scope) throws -> (x: Tensor, y: Tensor, loss: Tensor) {
    let x = try builder.input("x", .f32, channelsLast(file("x").shape))
    let direction = try builder.input("direction", .f32, channelsLast(file("direction").shape))
    let t = try builder.input("t", .f32, Shape(file("t").shape))
    let y = try model(
      x, noise: t, conditions: Conditioning(conditions, inputsOf: builder, rows: t.shape[0]), in: scope)
    let loss = try (y * direction).reduceMean() + y.squared().reduceMean()
    return (x, y, try loss.reshape([]))
  }

  /// The inputs of that loss.
  public func inputs() throws -> [String: HostTensor] {
    var inputs: [String: HostTensor] = [:]
    for name in ["x", "direction"] {
      let tensor = try file(name)
      inputs[name] = HostTensor(
        channelsLast(tensor.values, tensor.shape).map(Float.init), channelsLast(tensor.shape))
    }
    inputs["t"] = HostTensor(try file("t").floats, Shape(try file("t").shape))
    if let labels = file.tensors["labels"] {
      inputs["labels"] = HostTensor(labels.values.map { Int32($0) }, Shape(labels.shape))
    }
    return inputs
  }

  /// Puts the golden weights into states called `prefix` + name.
  public func write(
    to state: any StateStore, _ parameters: [Parameter], prefix: String = ParameterList.parameterPrefix
  ) throws {
    for parameter in parameters {
      let tensor = try file("parameter." + parameter.name)
      guard tensor.shape == parameter.checkpointShape.dimensions else {
        throw GoldenFile.BadFile(
          description: "\(parameter.name) is \(tensor.shape), the model has \(parameter.checkpointShape)")
      }
      try state.write(
        prefix + parameter.name, HostTensor(parameter.graphLayout(tensor.floats), parameter.shape))
    }
  }

  private func trace() throws -> (program: Program, parameters: [Parameter]) {
    let builder = GraphBuilder()
    let scope = Scope(builder)
    let (x, y, loss) = try loss(builder, scope)
    let trainable = scope.parameters.trainable
    let results = try gradients(of: loss, wrt: [x] + trainable.map(\.tensor))
    try builder.output("y", y)
    try builder.output("loss", loss)
    try builder.output("gradient.x", results[0])
    for ((parameter, _), gradient) in zip(trainable, results.dropFirst()) {
      try builder.output("gradient." + parameter.name, gradient)
    }
    return (try builder.finish(), scope.parameters.parameters)
  }
}

func norm(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }

/// (N, C, H, W) → (N, H, W, C).
func channelsLast(_ shape: [Int]) -> Shape { [shape[0], shape[2], shape[3], shape[1]] }

/// Values of `shape` (N, C, H, W) as (N, H, W, C).
func channelsLast(_ values: [Double], _ shape: [Int]) -> [Double] {
  transposed(values, outer: shape[0], rows: shape[1], columns: shape[2] * shape[3])
}

/// Values of (N, H, W, C) as `shape` (N, C, H, W).
func channelsFirst(_ values: [Double], like shape: [Int]?) -> [Double] {
  guard let shape, values.count == shape.reduce(1, *) else { return [] }
  return transposed(values, outer: shape[0], rows: shape[2] * shape[3], columns: shape[1])
}

private func transposed(_ values: [Double], outer: Int, rows: Int, columns: Int) -> [Double] {
  (0..<values.count).map { index in
    let block = index / (rows * columns), inner = index % (rows * columns)
    return values[block * rows * columns + inner % rows * columns + inner / rows]
  }
}
