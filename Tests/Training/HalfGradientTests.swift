import Foundation
import Sfumato
import SfumatoBackend
import SfumatoDatasets
import SfumatoTraining
import Testing
import TrainingSupport

/// The gradients of a step in f16, unscaled, beside those of the same step in f32 by the oracle, which sums in float64.
@Suite struct HalfGradientTests {
  /// The gradients of all parameters of half a batch, times `scale` with f16.
  private func gradients(_ precision: String, scale: Int = 1, on device: any Device) throws -> [[Float]] {
    let recipe = TinyRun.recipe {
      $0.training.precision = precision
      $0.training.microBatch = 2
      $0.training.lossScale.initial = scale
    }
    let programs = try TrainingPrograms(Components(recipe: recipe), microBatch: 2)
    let program = try #require(programs.phases[0].accumulate)
    let state = try device.makeState(programs.states.map { StateSlot(name: $0.name, type: $0.type) })
    for parameter in programs.parameters {
      let values = parameter.initialValues(seed: 3)
      try state.write("parameter." + parameter.name, HostTensor(values, parameter.shape))
    }
    if precision == "f16" {
      for (name, tensor) in LossScaleStatus(recipe.training.lossScale).tensors {
        try state.write(name, tensor)
      }
    }
    let batch = try BatchLoader(recipe: recipe, dataset: .open(recipe.data)).batch(step: 0)
    let step = try device.makeStep(device.plan(program), state: state)
    try step.run([
      "images": HostTensor(Array(batch.images.prefix(2 * 8 * 8 * 3)), [2, 8, 8, 3]),
      "key": HostTensor([1, 2, 3, 4, 0] as [UInt32], [5]), "is_first": HostTensor([1] as [UInt32], []),
    ])
    return try programs.parameters.map { try state.read("accumulated." + $0.name).floats }
  }

  /// ‖a·factor − b‖/‖b‖ over all tensors, and of the worst tensor that matters.
  private func errors(_ a: [[Float]], times factor: Double, _ b: [[Float]]) -> (all: Double, worst: Double) {
    func square(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 } }
    let differences = zip(a, b).map { a, b in square(zip(a, b).map { Double($0) * factor - Double($1) }) }
    let sizes = b.map { square($0.map { Double($0) }) }
    let whole = sizes.reduce(0, +)
    let worst = zip(differences, sizes).filter { $1 > 1e-6 * whole }.map { $0 / $1 }.max() ?? .nan
    return ((differences.reduce(0, +) / whole).squareRoot(), worst.squareRoot())
  }

  @Test(arguments: BackendAgreementTests.infos) func theyAreThoseOfF32ButForRounding(info: DeviceInfo) throws
  {
    let oracle = try Backends.registry.entry("oracle").backend.open(0)
    let device = try Backends.registry.entry(info.backend).backend.open(info.index)
    guard device.stores(.f16) else { return }
    let exact = try gradients("f32", on: oracle)
    let scaled = try gradients("f16", scale: 1024, on: device)
    let (all, worst) = errors(scaled, times: 1.0 / 1024, exact)
    // A half has 11 bits: roundings of 2^-11 along a chain of layers.
    #expect(all < 2e-3 && worst < 1e-2, "\(all) of all, \(worst) of the worst tensor")
    // Another power of two changes nothing while nothing leaves the range of f16.
    let (between, _) = errors(try gradients("f16", scale: 2048, on: device), times: 0.5, scaled)
    #expect(between < 1e-4, "\(between)")
    // Without a scale small gradients round to zero: that is what it is for.
    let small = errors(try gradients("f16", on: device), times: 1, exact)
    #expect(small.all > all, "\(small.all) without a scale, \(all) with one")
  }
}
