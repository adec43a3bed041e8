import GoldenSupport
import SfumatoAutodiff
import SfumatoBackend
import SfumatoGraph
import SfumatoNN

/// Layers with PyTorch's outputs, first and second gradients.
public enum GoldenLayers {
  /// A layer as a function of its inputs by name.
  private struct Layer: Sendable {
    var inputs: [String]
    var function: @Sendable ([String: Tensor]) throws -> Tensor
  }

  /// The names of all layers.
  public static var names: [String] { layers.keys.sorted() }

  /// Relative errors of output `y`, of `gradient.<input>` and of `second.<input>`.
  public static func deviations(of name: String, on device: any Device) throws -> [String: Double] {
    guard let layer = layers[name] else { throw GoldenFile.BadFile(description: "no layer \(name)") }
    let run = GoldenRun(file: try GoldenFile(module: "NN", name: "layers"), prefix: name + ".")
    let found = try run(on: device, layer.inputs + ["direction"]) { tensors in
      guard let direction = tensors["direction"] else { return [:] }
      let variables = layer.inputs.compactMap { tensors[$0] }
      let y = try layer.function(tensors)
      var results = ["y": y]
      let first = try gradients(of: y, wrt: variables, cotangent: direction)
      let size = try first.map { try $0.squared().reduceSum().reshape([]) }.reduce(
        direction.graph.constant(0), +)
      let second = try gradients(of: size, wrt: variables)
      for (index, input) in layer.inputs.enumerated() {
        results["gradient." + input] = first[index]
        results["second." + input] = second[index]
      }
      return results
    }
    var errors: [String: Double] = [:]
    for key in found.keys where run.file.tensors[run.prefix + key] != nil {
      errors[key] = try run.error(found, key)
    }
    return errors
  }

  private static let layers: [String: Layer] = [
    "groupNorm.2": norm(2, 1e-5, .none), "groupNorm.6.silu": norm(6, 1e-3, .silu),
    "groupNorm.1.silu": norm(1, 1e-6, .silu), "silu": Layer(inputs: ["x"]) { try $0.tensor("x").silu() },
    "softmax": Layer(inputs: ["x"]) { try $0.tensor("x").softmax() },
    "attention.1": attention(1), "attention.2": attention(2),
    "upsample": Layer(inputs: ["x"]) { try $0.tensor("x").upsampledNearest() },
    "conv.strided": Layer(inputs: ["x", "weight", "bias"]) {
      try scope($0).conv2d($0.tensor("x"), channels: 5, stride: 2, padding: (0, 0, 1, 1))
    },
    "linear": Layer(inputs: ["x", "weight", "bias"]) { try scope($0).linear($0.tensor("x"), 5) },
    "embedding": Layer(inputs: ["weight"]) {
      let graph = try $0.tensor("weight").graph
      return try scope($0).embedding(graph.constant([3, 0, 3], .i32, [3]), count: 4, size: 6)
    },
    "leakyReLU": Layer(inputs: ["x"]) { try $0.tensor("x").leakyReLU() },
    "softplus": Layer(inputs: ["x"]) { try $0.tensor("x").softplus() },
    // Squared, so that there are second gradients.
    "upsampleSmoothly": Layer(inputs: ["x"]) { try $0.tensor("x").upsampledSmoothly().squared() },
    "downsampleSmoothly": Layer(inputs: ["x"]) { try $0.tensor("x").downsampledSmoothly().squared() },
    "upsampleSmoothly.1": Layer(inputs: ["x"]) { try $0.tensor("x").upsampledSmoothly() },
    "convTransposed.4.2": transposed(4, 2), "convTransposed.3.1": transposed(3, 1),
    "convTransposed.5.3": transposed(5, 3),
    "conv.grouped": Layer(inputs: ["x", "weight", "bias"]) {
      try scope($0).conv2d($0.tensor("x"), channels: 6, groups: 3)
    },
    "conv.depthwise": Layer(inputs: ["x", "weight"]) {
      try scope($0).conv2d(
        $0.tensor("x"), channels: 12, kernel: 4, stride: 2, padding: (1, 1, 1, 1), groups: 6, bias: false)
    },
  ]

  private static func transposed(_ kernel: Int, _ stride: Int) -> Layer {
    Layer(inputs: ["x", "weight", "bias"]) {
      try scope($0).convTransposed2d($0.tensor("x"), channels: 5, kernel: kernel, stride: stride)
    }
  }

  private static func norm(_ groups: Int, _ eps: Double, _ activation: NormActivation) -> Layer {
    Layer(inputs: ["x", "weight", "bias"]) {
      try scope($0).groupNorm($0.tensor("x"), groups: groups, eps: eps, activation: activation)
    }
  }

  private static func attention(_ heads: Int) -> Layer {
    Layer(inputs: ["q", "k", "v"]) {
      try $0.tensor("q").attention(keys: $0.tensor("k"), values: $0.tensor("v"), heads: heads)
    }
  }

  /// A scope whose parameters are the given tensors.
  private static func scope(_ tensors: [String: Tensor]) throws -> Scope {
    let list = ParameterList { parameter, _ in
      let tensor = try tensors.tensor(parameter.name)
      guard tensor.shape == parameter.shape else {
        throw GoldenFile.BadFile(
          description: "\(parameter.name) is declared as \(parameter.shape), but is \(tensor.shape)")
      }
      return tensor
    }
    return Scope(try tensors.tensor(tensors.keys.sorted()[0]).graph, parameters: list)
  }
}
