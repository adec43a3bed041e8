import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A good device that does one thing wrong.
final class FaultyDevice: Device {
  private let device: any Device
  private let fault: Fault
  /// Steps in which the fault was planted.
  private(set) var planted = 0

  init(_ device: any Device, _ fault: Fault) {
    self.device = device
    self.fault = fault
  }

  var info: DeviceInfo { device.info }
  func supports(_ region: Region) -> Bool { device.supports(region) }
  func makeState(_ slots: [StateSlot]) throws -> any StateStore { try device.makeState(slots) }

  func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    var faulty: PlannedProgram?
    if let program = try fault.program(planned.program) {
      faulty = PlannedProgram(program: program, plan: try SfumatoCompiler.plan(program))
    }
    faulty = fault.plan(planned) ?? faulty
    if faulty != nil || fault.run == .withOldInput { planted += 1 }
    switch fault.run {
    case .asAsked: return try device.makeStep(faulty ?? planned, state: state)
    case .withOldInput:
      return FaultyStep(try device.makeStep(planned, state: state), now: nil, keepsInput: true)
    case .nowAndThen:
      return FaultyStep(
        try device.makeStep(planned, state: state),
        now: try faulty.map { try device.makeStep($0, state: state) },
        keepsInput: false)
    case .never:
      throw BackendError.unsupported(backend: info.backend, operation: "step", problem: "it is a test's")
    }
  }
}

/// Runs a step, or another one now and then, or with an old input.
private final class FaultyStep: Step {
  private let step: any Step
  private let other: (any Step)?
  private let keepsInput: Bool
  private var first: [String: HostTensor]?
  private var runs = 0
  private var last: any Step

  init(_ step: any Step, now other: (any Step)?, keepsInput: Bool) {
    self.step = step
    self.other = other
    self.keepsInput = keepsInput
    last = step
  }

  var planned: PlannedProgram { step.planned }

  func run(_ inputs: [String: HostTensor]) throws {
    runs += 1
    last = runs % 3 == 0 ? other ?? step : step
    var inputs = inputs
    if keepsInput, let name = planned.program.inputs.first?.name {
      inputs[name] = first?[name] ?? inputs[name]
    }
    first = first ?? inputs
    try last.run(inputs)
  }

  func outputs() throws -> [String: HostTensor] { try last.outputs() }
}
