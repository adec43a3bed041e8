import SfumatoBackend
import SfumatoGraph

/// Decides how a device computes products and convolutions: as it was told to keep, else as it already does, else by its settings,
/// which may mean to measure or to remember a measurement.
final class KernelTuner {
  private static let section = "kernels"

  /// How a way is chosen that is not kept; tests change it.
  var method: VulkanBackend.ConvolutionMethod
  /// nil where nothing is remembered between processes.
  private let cache: ChoiceCache?
  /// What steps rest on, and what was to be kept for them.
  private(set) var taken = Choices()
  /// What is remembered; nil before it was needed.
  private var remembered: Choices?
  /// What was measured and is not remembered yet.
  private var measured = Choices()
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
        "\"\(name)\", kept for \(task.key), is no way of computing it; chosen anew, the last bits may differ")
      return nil
    }
    // It may have been kept on another device, or with another driver.
    if choice.tile != nil, seen[task.key]?.contains(choice) != true, measure(task, [choice], device) == nil {
      return nil
    }
    return choice
  }

  private func chosen(_ task: KernelTask, _ possible: [KernelChoice], _ device: VulkanDevice) -> KernelChoice
  {
    switch method {
    case .cheapest: return possible[0]
    case .direct: return KernelChoice()
    case .winograd: return possible.first { $0.method == .winograd } ?? possible[0]
    case .measured: break
    }
    let known = memory[Self.section][task.key] ?? measured[Self.section][task.key]
    if let choice = possible.first(where: { $0.name == known }) { return choice }
    guard let choice = measure(task, possible, device) else { return possible[0] }
    measured[Self.section][task.key] = choice.name
    return choice
  }

  /// The fastest that computes rightly; nil where none can be tried, such as for want of memory.
  private func measure(_ task: KernelTask, _ possible: [KernelChoice], _ device: VulkanDevice)
    -> KernelChoice?
  {
    let start = ContinuousClock.now
    defer { seconds += start.duration(to: .now) / .seconds(1) }
    do {
      let outcome = try KernelTrial(task, device.logical, device.limits).fastest(of: possible)
      for (choice, reason) in outcome.refused { note("\(choice.name) \(reason); not used") }
      if let problem = outcome.problem { note("\(task.key) was not measured: \(problem)") }
      guard let choice = outcome.fastest?.choice else { return nil }
      seen[task.key, default: []].insert(choice)
      return choice
    } catch {
      note("\(task.key) was not measured: \(error)")
      return nil
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
      "measured ways to compute \(count) product\(count == 1 ? "" : "s") and convolutions in \(tenths) s\(place)"
    ] + problems
  }
}
