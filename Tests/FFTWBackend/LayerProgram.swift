import SfumatoBackend
import SfumatoConformance
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom
import Testing

@testable import SfumatoFFTWBackend

/// A program of some passes of a layer: inputs x, w and dy as far as they are read, outputs named after the passes.
struct LayerProgram {
  let layer: LayerPasses
  let program: Program

  init(_ layer: LayerPasses) throws {
    self.layer = layer
    let builder = GraphBuilder(), g = layer.geometry
    func needs(_ pass: ConvolutionPass) -> Bool { layer.passes != [pass] }
    let x = try needs(.gradInput) ? builder.input("x", .f32, g.inputShape(batch: layer.batch)) : nil
    let w = try needs(.gradWeight) ? builder.input("w", .f32, g.weightShape) : nil
    let dy = try needs(.forward) ? builder.input("dy", .f32, g.outputShape(batch: layer.batch)) : nil
    for pass in layer.sorted {
      let (op, operands) =
        switch pass {
        case .forward: (Op.conv(g), [x, w])
        case .gradInput: (.convGradInput(g), [dy, w])
        case .gradWeight: (.convGradWeight(g), [x, dy])
        }
      let (a, b) = (try #require(operands[0]), try #require(operands[1]))
      try builder.output(pass.rawValue, builder.apply(op, a, b))
    }
    program = try builder.finish()
  }

  /// Normal numbers, the same for an input of the same name and seed in every program.
  func values(seed: UInt64) -> [String: HostTensor] {
    Dictionary(
      uniqueKeysWithValues: program.inputs.map { port in
        let step = UInt64(["x", "w", "dy"].firstIndex(of: port.name) ?? 3)
        let stream = RandomStream(seed: seed, step: step, purpose: .noise), type = program[port.value]
        return (port.name, HostTensor(type, rounding: stream.normals(type.count).map(Double.init)))
      })
  }

  func step(on device: CPUDevice) throws -> CPUStep {
    try device.makeCPUStep(device.plan(program), state: device.makeState([]))
  }

  /// The largest error of a pass against float64.
  func error(_ found: [String: HostTensor], seed: UInt64) throws -> Double {
    let inputs = values(seed: seed).mapValues(\.doubles)
    let expected = try evaluate(program, inputs: inputs).outputs
    return expected.map { normalizedError(found[$0.key]?.doubles ?? [], $0.value) }.max() ?? .infinity
  }
}

extension CPUDevice {
  /// A device that computes a layer's passes so.
  static func keeping(_ choices: [String: String], threads: Int = 2) throws -> CPUDevice {
    let device = try FFTWBackend(options: .init(threads: threads)).openCPU()
    device.tuner.keep(Tuning(convolutions: choices))
    return device
  }
}
