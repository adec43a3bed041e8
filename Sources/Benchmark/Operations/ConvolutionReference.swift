import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoGraph
import SfumatoOracle

/// The beginning of what a pass of a layer gives, computed in float64.
///
/// A device computes the pass for the whole batch. Of that the first image is compared, or, as sums over all images are
/// what the gradient of the weights is about, its first output channels.
struct ConvolutionReference {
  private let program: Program
  private let inputs: [String: HostTensor]
  private let expected: [Double]
  /// What float32 sums by the definition are off by.
  let directError: Double

  init(_ layer: ConvolutionLayer, _ pass: ConvolutionPass, batch: Int) throws {
    var test = ConformanceCase(layer, pass, batch: batch)
    for index in test.inputs.indices { test.inputs[index].distribution = .normal }
    program = try test.program(order: 0)
    let elements = test.inputs.indices.map { test.elements($0) }
    inputs = Dictionary(
      uniqueKeysWithValues: elements.enumerated().map {
        ("\($0)", HostTensor(test.inputs[$0].type, rounding: $1))
      })
    var part = layer
    var used = elements
    if pass == .gradWeight {
      let sums =
        layer.geometry.weightShape.count / layer.outChannels * layer.geometry.outputShape(batch: batch).count
      part.outChannels = max(1, min(layer.outChannels, Self.multiplyAdds * layer.outChannels / max(1, sums)))
      used[1] = stride(from: 0, to: elements[1].count, by: layer.outChannels).flatMap {
        elements[1][$0..<$0 + part.outChannels]
      }
    } else {
      used[0] = Array(elements[0].prefix(elements[0].count / batch))
    }
    let piece = try ConformanceCase(part, pass, batch: pass == .gradWeight ? batch : 1).program(order: 0)
    let named = Dictionary(uniqueKeysWithValues: used.enumerated().map { ("\($0)", $1) })
    expected = try evaluate(piece, inputs: named).outputs.first?.value ?? []
    let direct = DirectConvolution(geometry: part.geometry, pass: pass)
    directError = Self.error(
      direct(used[0].map(Float.init), used[1].map(Float.init), batch: pass == .gradWeight ? batch : 1)
        .map(Double.init), expected)
  }

  /// What float64 may take for a gradient of weights.
  private static let multiplyAdds = 1 << 27

  /// √(Σ(a − b)²/Σb²).
  private static func error(_ found: [Double], _ expected: [Double]) -> Double {
    normalizedError(found, expected, smallest: 0).squareRoot()
  }

  /// What `device` is off by.
  func error(on device: any Device) throws -> Double {
    let step = try device.makeStep(program, state: device.makeState(for: program))
    try step.run(inputs)
    let found = try step.outputs().first?.value.doubles ?? []
    return Self.error(Array(found.prefix(expected.count)), expected)
  }
}
