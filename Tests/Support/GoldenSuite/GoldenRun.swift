import GoldenSupport
import SfumatoBackend
import SfumatoGraph

/// Traces a function of golden tensors, runs it once on a device and gives its results.
///
/// Images and kernels, which files hold as (N, C, H, W), go in and come out as (N, H, W, C).
struct GoldenRun {
  let file: GoldenFile
  /// Comes before every name in the file.
  let prefix: String

  /// The results of `function` on the file's tensors called `names`, integers for `integerNames`.
  func callAsFunction(
    on device: any Device, _ names: [String], integers integerNames: [String] = [],
    _ function: ([String: Tensor]) throws -> [String: Tensor]
  ) throws -> [String: [Double]] {
    let builder = GraphBuilder()
    var tensors: [String: Tensor] = [:], inputs: [String: HostTensor] = [:]
    for name in names + integerNames {
      let tensor = try file(prefix + name)
      let isImage = tensor.shape.count == 4
      let shape = isImage ? channelsLast(tensor.shape) : Shape(tensor.shape)
      let values = isImage ? channelsLast(tensor.values, tensor.shape) : tensor.values
      inputs[name] =
        integerNames.contains(name)
        ? HostTensor(values.map { Int32($0) }, shape) : HostTensor(values.map { Float($0) }, shape)
      tensors[name] = try builder.input(name, integerNames.contains(name) ? .i32 : .f32, shape)
    }
    for (name, tensor) in try function(tensors).sorted(by: { $0.key < $1.key }) {
      try builder.output(name, tensor)
    }
    let program = try builder.finish()
    let step = try device.makeStep(program, state: device.makeState(for: program))
    try step.run(inputs)
    return try step.outputs().mapValues(\.doubles)
  }

  /// The relative error of what was found under `name`.
  func error(_ found: [String: [Double]], _ name: String) throws -> Double {
    let expected = try file(prefix + name), values = found[name] ?? []
    return relativeError(
      expected.shape.count == 4 ? channelsFirst(values, like: expected.shape) : values, expected.values)
  }
}

extension [String: Tensor] {
  /// The tensor called `name`.
  func tensor(_ name: String) throws -> Tensor {
    guard let tensor = self[name] else { throw GoldenFile.BadFile(description: "no tensor \(name)") }
    return tensor
  }
}
