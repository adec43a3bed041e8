import Foundation
import Sfumato
import SfumatoFFTWBackend

/// Times a recipe's training step, whole and by kernel.
///
/// Wall-clock time tells what a user waits for; processor time stays meaningful on a busy machine.
struct StepBenchmark {
  private let recipe: Recipe
  private let components: Components
  private let program: Program
  private let threads: Int?
  private let steps: Int
  private let method: FFTWBackend.ConvolutionMethod

  init(recipe path: String, options: [String]) throws {
    let numbers = options.compactMap { Int($0) }
    threads = numbers.first.flatMap { $0 > 0 ? $0 : nil }
    steps = numbers.dropFirst().first ?? 10
    method = options.compactMap { FFTWBackend.ConvolutionMethod(rawValue: $0) }.first ?? .cheapest
    recipe = try Recipe(path: path, overrides: options.filter { $0.contains("=") })
    components = try Components(recipe: recipe, classes: [])
    program = try TrainingPrograms(components).update
  }

  func run() throws {
    let (step, inputs) = try prepare(isProfiled: false)
    let plan = step.planned.plan
    print(
      "arena \(mebibytes(plan.arenaByteCount)), lower bound \(mebibytes(plan.lowerBound)),",
      "workspace \(mebibytes(step.workspaceByteCount)), \(step.planned.program.nodes.count) nodes")
    try step.run(inputs)
    var walls: [Double] = [], processors: [Double] = []
    for _ in 0..<steps {
      let wall = Timing.seconds(CLOCK_MONOTONIC), processor = Timing.seconds(CLOCK_PROCESS_CPUTIME_ID)
      try step.run(inputs)
      walls.append(Timing.seconds(CLOCK_MONOTONIC) - wall)
      processors.append(Timing.seconds(CLOCK_PROCESS_CPUTIME_ID) - processor)
    }
    summarize("wall", walls)
    summarize("CPU", processors)
    let (profiled, profiledInputs) = try prepare(isProfiled: true)
    for _ in 0..<steps { try profiled.run(profiledInputs) }
    describe(profiled.profile)
  }

  /// One round of a comparison: two steps to warm up, then the seconds of each of `steps` ones, as JSON. A step ends when
  /// its metrics are there.
  func runRound(on backend: String) throws {
    let begin = Timing.seconds(CLOCK_MONOTONIC)
    let device = try Backends.choose(backend).open()
    let (step, inputs) = try prepare(on: device)
    for _ in 0..<2 {
      try step.run(inputs)
      _ = try step.outputs()
    }
    let ready = Timing.seconds(CLOCK_MONOTONIC) - begin
    var walls: [JSONValue] = []
    for _ in 0..<steps {
      let start = Timing.seconds(CLOCK_MONOTONIC)
      try step.run(inputs)
      _ = try step.outputs()
      walls.append(.number(Timing.seconds(CLOCK_MONOTONIC) - start))
    }
    let round: JSONValue = [
      "seconds": .array(walls), "warm_up": .number(ready),
      "peak_bytes": .integer(Timing.peakMemory()),
      "device_bytes": device.info.kind == .cpu ? .null : .integer(plannedBytes(step)),
      "dispatches": step.statistics.map { .integer($0.dispatches) } ?? .null,
      "barriers": step.statistics.map { .integer($0.barriers) } ?? .null,
    ]
    print(round.line)
  }

  /// Values, inputs and states of a step.
  private func plannedBytes(_ step: any Step) -> Int {
    let planned = step.planned
    return planned.program.states.reduce(planned.plan.arenaByteCount + planned.inputByteCount) {
      $0 + planned.program[$1.input].byteCount
    }
  }

  /// What another implementation needs to know to run the same step, as JSON.
  func describeModel() {
    let description: JSONValue = [
      "batch": .integer(recipe.training.batch), "resolution": .integer(recipe.data.resolution),
      "channels": .integer(recipe.data.channels), "model": components.model.configuration,
    ]
    print(description.line)
  }

  private func prepare(isProfiled: Bool) throws -> (step: CPUStep, inputs: [String: HostTensor]) {
    let options = FFTWBackend.Options(threads: threads, convolution: method, isProfiled: isProfiled)
    let device = try FFTWBackend(options: options).openCPU()
    let (state, inputs) = try beginning(on: device)
    return (try device.makeCPUStep(device.plan(program), state: state), inputs)
  }

  /// The step on any device, with inputs for it.
  func prepare(on device: any Device) throws -> (step: any Step, inputs: [String: HostTensor]) {
    let (state, inputs) = try beginning(on: device)
    return (try device.makeStep(device.plan(program), state: state), inputs)
  }

  /// States and inputs of the right magnitude.
  private func beginning(on device: any Device) throws -> (
    state: any StateStore, inputs: [String: HostTensor]
  ) {
    let state = try device.makeState(for: program)
    var inputs: [String: HostTensor] = [:]
    func noise(_ type: TensorType, _ scale: Double) -> HostTensor {
      HostTensor(type, rounding: (0..<type.count).map { scale * sin(Double($0 * $0 % 7919)) })
    }
    for port in program.states where !port.name.hasPrefix("optimizer.") {
      try state.write(port.name, noise(program[port.input], 0.05))
    }
    for port in program.inputs {
      inputs[port.name] = noise(program[port.value], port.name == "images" ? 1 : 0)
    }
    inputs["hyperparameters"] = HostTensor([1e-3, 1, 1, 0.999], [4])
    return (state, inputs)
  }

  private func summarize(_ label: String, _ times: [Double]) {
    let sorted = times.sorted()
    let rate = Double(recipe.training.batch) / (sorted.first ?? 1)
    print(
      String(
        format: "%@: best %.1f ms, median %.1f ms, %.1f images/s at best", label, 1e3 * (sorted.first ?? 0),
        1e3 * sorted[sorted.count / 2], rate))
  }

  private func describe(_ times: [CPUStep.KernelTime]) {
    let total = times.reduce(0) { $0 + $1.seconds }
    var families: [String: (count: Int, seconds: Double)] = [:]
    for time in times {
      let known = families[time.kernel] ?? (0, 0)
      families[time.kernel] = (known.count + 1, known.seconds + time.seconds)
    }
    print("by kernel, CPU time of all threads, of \(String(format: "%.1f", 1e3 * total)) ms:")
    for (name, family) in families.sorted(by: { $0.value.seconds > $1.value.seconds }) {
      let share = 100 * family.seconds / total
      print(String(format: "%8.2f ms %5.1f%% %4d  ", 1e3 * family.seconds, share, family.count) + name)
    }
    print("the longest:")
    for time in times.sorted(by: { $0.seconds > $1.seconds }).prefix(25) {
      print(String(format: "%8.3f ms  ", 1e3 * time.seconds) + "\(time.kernel)  \(time.node)")
    }
  }
}
