import SfumatoBackend
import SfumatoGraph
import SfumatoOracle
import SfumatoRandom

extension RandomPrograms {
  /// Runs the program of `seed` for `steps` steps on `device` and in the oracle, over states that go on.
  ///
  /// - Returns: what is wrong, or nil.
  public static func check(seed: UInt64, on device: any Device, steps: Int = 3, tolerance: Double = 1e-7)
    throws -> String?
  {
    let program = try make(seed: seed)
    func draw(_ value: ValueID, _ step: Int) -> [Double] {
      RandomStream(seed: UInt64(value.index), step: UInt64(step), purpose: .noise)
        .normals(program[value].count).map(Double.init)
    }
    let state = try device.makeState(for: program)
    var expected: [String: [Double]] = [:]
    for port in program.states {
      expected[port.name] = draw(port.input, 0)
      try state.write(port.name, HostTensor(program[port.input], rounding: draw(port.input, 0)))
    }
    let step = try device.makeStep(program, state: state)
    for number in 1...steps {
      let inputs = Dictionary(uniqueKeysWithValues: program.inputs.map { ($0.name, draw($0.value, number)) })
      let outputs: [String: [Double]]
      (outputs, expected) = try evaluate(program, inputs: inputs, states: expected)
      try step.run(
        Dictionary(
          uniqueKeysWithValues: program.inputs.map {
            ($0.name, HostTensor(program[$0.value], rounding: inputs[$0.name] ?? []))
          }))
      let found = try step.outputs()
      for port in program.outputs {
        let error = normalizedError(found[port.name]?.doubles ?? [], outputs[port.name] ?? [])
        if !(error <= tolerance) { return "step \(number): output \(port.name) is off by \(error)" }
      }
      for port in program.states {
        let error = normalizedError(try state.read(port.name).doubles, expected[port.name] ?? [])
        if !(error <= tolerance) { return "step \(number): state \(port.name) is off by \(error)" }
      }
    }
    return nil
  }
}
