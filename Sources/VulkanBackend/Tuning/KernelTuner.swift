import SfumatoBackend
import SfumatoGraph

/// Decides how a device computes products and convolutions: as it was told to keep, else as it already does, else by its settings,
/// which may mean to measure or to remember a measurement.
final class KernelTuner {
  private static let section = "kernels"

  /// How a kernel is chosen that is not kept; tests change it.
  var method: VulkanBackend.ConvolutionMethod
  /// nil where nothing is remembered between processes.
  private let cache: ChoiceCache?
  /// What steps rest on, and what was to be kept for them.
  private(set) var taken = Choices()
  /// What is remembered; nil before it was needed.
  private var remembered: Choices?
  /// What was measured and is not remembered yet.
  private var measured = Choices()
  /// Tasks of which no candidate could be tried.
  private var untried: Set<KernelTask> = []
  /// Choices, by the task, that this process has seen to compute rightly.
  private var seen: [String: Set<KernelChoice>] = [:]
  private var seconds = 0.0
  private var problems: [String] = []

  init(_ method: VulkanBackend.ConvolutionMethod, cache: ChoiceCache?) {
    self.method = method
    self.cache = cache
  }

  /// Makes these choices from now on.
  func keep(_ choices: Choices) { taken = choices.adding(taken) }

  /// Measures what tasks need and is not known, so that `choice` finds it: all together, which compiles their kernels on all cores, then
  /// keeps the device busy while it is timed.
  func prepare(for tasks: [KernelTask], on device: VulkanDevice) {
    guard method == .measured else { return }
    var met: Set<KernelTask> = []
    let unknown = tasks.filter { task in
      guard met.insert(task).inserted else { return false }
      let possible = task.choices(device.limits), kept = taken[Self.section][task.key]
      return possible.count > 1 && !possible.contains { $0.name == kept } && known(task, possible) == nil
    }
    remember(unknown, device)
  }

  /// Measures tasks of which nothing is known.
  private func remember(_ tasks: [KernelTask], _ device: VulkanDevice) {
    let wanted = tasks.filter { !untried.contains($0) }
    for (task, choice) in measure(wanted.map { ($0, $0.choices(device.limits)) }, device) {
      measured[Self.section][task.key] = choice.name
    }
    untried.formUnion(wanted.filter { measured[Self.section][$0.key] == nil })
  }

  func choice(for task: KernelTask, on device: VulkanDevice) -> KernelChoice {
    let possible = task.choices(device.limits)
    if possible.count == 1 { return possible[0] }
    let choice = kept(task, possible, device) ?? chosen(task, possible, device)
    taken[Self.section][task.key] = choice.name
    return choice
  }

  private func kept(
    _ task: KernelTask, _ possible: [KernelChoice], _ device: VulkanDevice
  ) -> KernelChoice? {
    guard let name = taken[Self.section][task.key] else { return nil }
    guard let choice = possible.first(where: { $0.name == name }) else {
      note(
        "\"\(name)\", kept for \(task.key), is no algorithm for it; chosen anew, the last bits may differ")
      return nil
    }
    // It may have been kept on another device, or with another driver.
    if choice.tile != nil, seen[task.key]?.contains(choice) != true,
      measure([(task, [choice])], device).isEmpty
    {
      return nil
    }
    return choice
  }

  private func chosen(
    _ task: KernelTask, _ possible: [KernelChoice], _ device: VulkanDevice
  ) -> KernelChoice {
    switch method {
    case .cheapest: return possible[0]
    case .direct: return KernelChoice()
    case .winograd: return possible.first { $0.method == .winograd } ?? possible[0]
    case .measured:
      // What was kept and did not compute rightly has not been prepared.
      if known(task, possible) == nil { remember([task], device) }
      return known(task, possible) ?? possible[0]
    }
  }

  /// What is remembered, or was just measured.
  private func known(_ task: KernelTask, _ possible: [KernelChoice]) -> KernelChoice? {
    let name = memory[Self.section][task.key] ?? measured[Self.section][task.key]
    return possible.first { $0.name == name }
  }

  /// The fastest candidate of each that computes rightly; without tasks where none can be tried, such as for want of memory.
  private func measure(
    _ tasks: [(task: KernelTask, possible: [KernelChoice])], _ device: VulkanDevice
  ) -> [(task: KernelTask, choice: KernelChoice)] {
    guard !tasks.isEmpty else { return [] }
    let start = ContinuousClock.now
    defer { seconds += start.duration(to: .now) / .seconds(1) }
    var trials: [KernelTrial] = []
    for (task, possible) in tasks {
      trying(task) { () throws(VulkanError) in
        trials.append(try KernelTrial(task, possible, device.logical, device.limits))
      }
    }
    // What cannot be compiled is found again where it is tried.
    if device.logical.compilers > 1 { try? device.logical.preparePipelines(trials.flatMap(\.kernels)) }
    trials = trials.compactMap { trial in
      var trial = trial
      return trying(trial.task) { () throws(VulkanError) in try trial.check() } ? trial : nil
    }
    if let first = trials.first(where: { !$0.candidates.isEmpty }) {
      trying(first.task) { () throws(VulkanError) in
        try first.warmUp(WarmUp(for: device.info))
      }
    }
    return trials.compactMap { trial in
      var trial = trial
      guard trying(trial.task, { () throws(VulkanError) in try trial.time() }) else { return nil }
      for (choice, reason) in trial.outcome.refused { note("\(choice.name) \(reason); not used") }
      if let problem = trial.outcome.problem { note("\(trial.task.key) was not measured: \(problem)") }
      guard let choice = trial.outcome.fastest?.choice else { return nil }
      seen[trial.task.key, default: []].insert(choice)
      return (trial.task, choice)
    }
  }

  /// - Returns: whether it was done; what went wrong is noted.
  @discardableResult
  private func trying(_ task: KernelTask, _ work: () throws(VulkanError) -> Void) -> Bool {
    do throws(VulkanError) {
      try work()
      return true
    } catch {
      note("\(task.key) was not measured: \(error)")
      return false
    }
  }

  // MARK: Remembering

  private var memory: Choices {
    if let remembered { return remembered }
    guard let (choices, problem) = cache?.read() else { return Choices() }
    if let problem { note("\(problem); measuring again") }
    remembered = choices
    return choices
  }

  private func note(_ problem: String) {
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// Ends the choices for a program: remembers what was measured.
  ///
  /// - Returns: what people should know, a line each.
  func finish() -> [String] {
    defer {
      seconds = 0
      problems = []
      measured = Choices()
    }
    let count = measured[Self.section].count
    var place = ""
    if let cache, count > 0 {
      if let problem = cache.add(measured) {
        note("\(problem); what was measured is not remembered")
      } else {
        place = ", remembered in \(cache.folder)"
      }
      remembered = memory.adding(measured)
    }
    guard seconds >= 0.5, count > 0 else { return problems }
    let tenths = (seconds * 10).rounded() / 10
    return [
      "measured algorithms for \(count) product\(count == 1 ? "" : "s") and convolutions in \(tenths) s\(place)"
    ] + problems
  }
}
