import SfumatoBackend

/// Decides how a device computes convolutions: as it was told to keep, else as it already does, else by its settings, which may
/// mean to measure or to remember a measurement.
final class Tuner {
  private let wanted: FFTWBackend.ConvolutionMethod
  private let cache: TuningCache
  /// What steps rest on, and what was to be kept for them.
  private(set) var taken = Tuning()
  /// What is remembered; nil before it was needed.
  private var remembered: Tuning?
  /// What was measured and is not remembered yet.
  private var measured = Tuning()
  private var plans: [String: FourierPlan] = [:]
  private var trial: ConvolutionTrial?
  private var seconds = 0.0
  private var problems: [String] = []

  init(_ wanted: FFTWBackend.ConvolutionMethod, cache: TuningCache) {
    self.wanted = wanted
    self.cache = cache
  }

  /// Makes these choices from now on.
  func keep(_ tuning: Tuning) {
    taken = tuning.adding(taken)
    plans = [:]
  }

  // MARK: Choosing

  func method(for layer: LayerPass, on device: CPUDevice) -> ConvolutionChoice.Method {
    let possible = ConvolutionChoice(layer, .measured).methods
    if possible.count == 1 { return possible[0] }
    let method = kept(layer, possible) ?? chosen(layer, possible, device)
    taken.convolutions[layer.key] = method.name
    return method
  }

  private func kept(_ layer: LayerPass, _ possible: [ConvolutionChoice.Method]) -> ConvolutionChoice.Method? {
    guard let name = taken.convolutions[layer.key] else { return nil }
    let method = possible.first { $0.name == name }
    if method == nil {
      note(
        "\"\(name)\", kept for \(layer.key), is no way of computing it; chosen anew, the last bits may differ"
      )
    }
    return method
  }

  private func chosen(
    _ layer: LayerPass, _ possible: [ConvolutionChoice.Method], _ device: CPUDevice
  ) -> ConvolutionChoice.Method {
    let choice = ConvolutionChoice(layer, wanted)
    let contenders = wanted == .measured ? choice.contenders : []
    if contenders.count < 2 { return choice.method }
    let known = memory.convolutions[layer.key] ?? measured.convolutions[layer.key]
    if let method = possible.first(where: { $0.name == known }) { return method }
    guard let method = measure(layer, contenders, device) else { return choice.method }
    measured.convolutions[layer.key] = method.name
    return method
  }

  /// The fastest; nil where there is no memory to try them in.
  private func measure(
    _ layer: LayerPass, _ contenders: [ConvolutionChoice.Method], _ device: CPUDevice
  ) -> ConvolutionChoice.Method? {
    let start = Processor.time
    defer { seconds += Processor.time - start }
    guard let trial = trial ?? (try? ConvolutionTrial(device)) else { return nil }
    self.trial = trial
    return try? trial.fastest(of: contenders, for: layer)
  }

  // MARK: Transforms

  /// A plan, measured where this is a device that measures.
  func plan(size: Int, channels: Int) -> FourierPlan? {
    let key = Tuning.transformKey(size: size, channels: channels)
    if let plan = plans[key] { return plan }
    let wisdom = taken.transforms[key] ?? wisdom(size, channels, key)
    var plan = wisdom.isEmpty ? nil : FourierPlan(size: size, channels: channels, wisdom: wisdom)
    if plan == nil, !wisdom.isEmpty {
      note(
        "the library does not take what it found for transforms of \(key) before; the last bits may differ")
    }
    plan = plan ?? FourierPlan(size: size, channels: channels)
    plans[key] = plan
    return plan
  }

  private func wisdom(_ size: Int, _ channels: Int, _ key: String) -> String {
    var found = ""
    if wanted == .measured {
      let known = memory.transforms[key] ?? measured.transforms[key]
      found = known ?? FourierPlan.measure(size: size, channels: channels) ?? ""
      if known == nil { measured.transforms[key] = found }
    }
    taken.transforms[key] = found
    return found
  }

  // MARK: Remembering

  private var memory: Tuning {
    if let remembered { return remembered }
    let (tuning, problem) = cache.read()
    if let problem { note("\(problem); measuring again") }
    remembered = tuning
    return tuning
  }

  private func note(_ problem: String) {
    if !problems.contains(problem) { problems.append(problem) }
  }

  /// Ends the choices for a program: remembers what was measured, lets go of the memory for that.
  ///
  /// - Returns: what people should know, a line each.
  func finish() -> [String] {
    defer {
      trial = nil
      seconds = 0
      problems = []
    }
    var isKept = true
    if !measured.isEmpty {
      if let problem = cache.add(measured) {
        note("\(problem); what was measured is not remembered")
        isKept = false
      }
      remembered = memory.adding(measured)
    }
    let count = measured.convolutions.count
    measured = Tuning()
    guard seconds >= 0.5 else { return problems }
    let tenths = (seconds * 10).rounded() / 10
    return [
      "measured ways to compute \(count) convolution\(count == 1 ? "" : "s") in \(tenths) s"
        + (isKept ? ", remembered in \(cache.folder)" : "")
    ] + problems
  }
}
