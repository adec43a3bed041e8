import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoConditions
import SfumatoGraph
import SfumatoJSON
import SfumatoModels
import SfumatoNN
import SfumatoObjectives

/// A generator and a discriminator with PyTorch's images, losses, penalties and gradients of all parameters, to be run on any
/// device.
public struct GoldenGAN {
  private let file: GoldenFile
  private let model: any AdversarialModel
  private let conditions: [any Condition]
  private let cases: [(name: String, objective: GANObjective)]

  /// The names of the files that there are, one a model.
  public static let names = ["r3gan", "r3gan_conditional", "dcgan", "dcgan_conditional"]
  private static let parts = [AdversarialPart.discriminator, AdversarialPart.generator]

  public init(_ name: String) throws {
    let file = try GoldenFile(module: "Models", name: name)
    conditions = try file.conditions()
    let made = try file.registeredModel()
    guard let model = made as? any AdversarialModel else {
      throw GoldenFile.BadFile(description: "\(name): \(made.kind) has no generator")
    }
    self.file = file
    self.model = model
    cases = try file.json("cases").object?.members.map { ($0.0, try Self.objective($0.1)) } ?? []
  }

  private static func objective(_ json: JSONValue) throws -> GANObjective {
    guard let loss = GANObjective.Loss(rawValue: json["loss"]?.string ?? ""),
      let penalty = GradientPenalty.Kind(rawValue: json["penalty"]?.string ?? ""),
      let weight = json["weight"]?.number, let interval = json["interval"]?.integer
    else { throw GoldenFile.BadFile(description: "bad case: \(json)") }
    return GANObjective(loss, penalty: GradientPenalty(penalty, weight: weight, interval: interval))
  }

  /// Relative errors of everything that the file says of both steps, by its name there. What is zero but for rounding is measured
  /// against a thousandth of the norm of all gradients of its step.
  public func deviations(on device: any Device) throws -> [String: Double] {
    var errors: [String: Double] = [:]
    for item in cases {
      for part in Self.parts {
        let found = try step(item.objective, part, on: device)
        let expected =
          file.group("\(item.name).\(part).").map { ($0.key, $0.value) }
          + file.group("\(item.name).gradient.\(part).").map { ("gradient.\(part).\($0.key)", $0.value) }
        let total = norm(expected.filter { $0.0.hasPrefix("gradient.\(part)") }.flatMap(\.1.values))
        for (name, tensor) in expected {
          let size = norm(tensor.values), scale = size > 1e-6 * total ? size : 1e-3 * total
          errors["\(item.name).\(part): \(name)"] = distance(found[name] ?? [], tensor.values) / scale
        }
        for name in found.keys where !expected.contains(where: { $0.0 == name }) {
          errors["\(item.name).\(part): \(name), which the file has not"] = .infinity
        }
      }
    }
    return errors
  }

  /// What comes out of a part's step, in the file's layout.
  private func step(_ objective: GANObjective, _ part: String, on device: any Device) throws -> [String:
    [Double]]
  {
    let graph = GraphBuilder(), scope = Scope(graph)
    let key = try graph.input("key", .u32, [5])
    func input(_ name: String, _ type: DType = .f32) throws -> Tensor? {
      try file.tensors["\(part).\(name)"].map {
        try graph.input(name, type, $0.shape.count == 4 ? channelsLast($0.shape) : Shape($0.shape))
      }
    }
    guard let real = try input("real"), let z = try input("z") else {
      throw GoldenFile.BadFile(description: "\(file.name) has no images or latent vectors")
    }
    let conditions = try Conditioning(conditions, inputsOf: graph, rows: real.shape[0])
    let networks = model.networks(in: scope)
    // The file's latent vectors in place of the drawn ones.
    let given = AdversarialNetworks(
      latentSize: networks.latentSize,
      generate: { drawn, conditions in
        guard drawn.shape == z.shape else {
          throw GoldenFile.BadFile(description: "latent vectors \(drawn.shape), expected \(z.shape)")
        }
        let images = try networks.generate(z, conditions)
        if part == AdversarialPart.discriminator { try graph.output("images", images) }
        return images
      }, discriminate: networks.discriminate)
    let settings = AdversarialSettings(
      penaltyWeight: try graph.constant(objective.penalty.weight),
      augmentationProbability: try graph.constant(0))
    let result =
      part == AdversarialPart.discriminator
      ? try objective.discriminatorLoss(
        real: real, conditions: conditions, key: key, networks: given, settings: settings)
      : try objective.generatorLoss(
        real: real, conditions: conditions, key: key, networks: given, settings: settings)
    for (name, value) in result.metrics + [("loss", result.loss)] { try graph.output(name, value) }
    let trained = scope.parameters.trainable.filter { $0.parameter.name.hasPrefix(part + ".") }
    for ((parameter, _), gradient) in zip(
      trained, try gradients(of: result.loss, wrt: trained.map(\.tensor)))
    {
      try graph.output("gradient." + parameter.name, gradient)
    }
    return try run(graph.finish(), scope.parameters.parameters, part, on: device)
  }

  private func run(_ program: Program, _ parameters: [Parameter], _ part: String, on device: any Device)
    throws -> [String: [Double]]
  {
    let state = try device.makeState(for: program)
    for parameter in parameters {
      let tensor = try file("parameter." + parameter.name)
      guard tensor.shape == parameter.checkpointShape.dimensions else {
        throw GoldenFile.BadFile(
          description: "\(parameter.name) is \(tensor.shape), the model has \(parameter.checkpointShape)")
      }
      try state.write(
        ParameterList.parameterPrefix + parameter.name,
        HostTensor(parameter.graphLayout(tensor.floats), parameter.shape))
    }
    let step = try device.makeStep(program, state: state)
    try step.run(inputs(program, part))
    let layouts = Dictionary(uniqueKeysWithValues: parameters.map { ("gradient." + $0.name, $0) })
    var found: [String: [Double]] = [:]
    for (name, value) in try step.outputs() {
      let shape = value.type.shape.dimensions, values = value.doubles
      found[name] =
        layouts[name]?.checkpointLayout(values)
        ?? (shape.count == 4
          ? channelsFirst(values, like: [shape[0], shape[3], shape[1], shape[2]]) : values)
    }
    return found
  }

  private func inputs(_ program: Program, _ part: String) throws -> [String: HostTensor] {
    guard let key = try JSONValue(parsing: file.metadata["key"] ?? "").array?.compactMap(\.integer),
      key.count == 2
    else { throw GoldenFile.BadFile(description: "\(file.name) has no key") }
    var inputs = ["key": HostTensor([UInt32(key[0]), 0, UInt32(key[1]), 0, 0], [5])]
    for port in program.inputs where port.name != "key" {
      let tensor = try file("\(part).\(port.name)"), type = program[port.value]
      let values = tensor.shape.count == 4 ? channelsLast(tensor.values, tensor.shape) : tensor.values
      inputs[port.name] =
        type.dtype == .i32
        ? HostTensor(values.map { Int32($0) }, type.shape) : HostTensor(values.map(Float.init), type.shape)
    }
    return inputs
  }
}

/// ‖found − expected‖; infinite where the sizes differ or a value is not finite.
private func distance(_ found: [Double], _ expected: [Double]) -> Double {
  guard found.count == expected.count, found.allSatisfy(\.isFinite) else { return .infinity }
  return norm(zip(found, expected).map { $0 - $1 })
}
