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

  /// How to compute the passes of a layer.
  func methods(for layer: LayerPasses, on device: CPUDevice) -> [ConvolutionPass: ConvolutionChoice.Method] {
    let algorithms = LayerChoice(layer, .measured).algorithms
    if algorithms.count > 1 {
      let algorithm = kept(layer.key, algorithms, \.name) ?? chosen(layer, algorithms, device)
      taken.convolutions[layer.key] = algorithm.name
      if case .together(let cut) = algorithm {
        return Dictionary(uniqueKeysWithValues: layer.passes.map { ($0, .fourier(cut)) })
      }
    }
    let methods = apart(layer, device)
    for (pass, method) in methods where ConvolutionChoice(layer[pass], .measured).methods.count > 1 {
      taken.convolutions[layer[pass].key] = method.name
    }
    return methods
  }

  /// Each pass by its own best algorithm.
  private func apart(_ layer: LayerPasses, _ device: CPUDevice) -> [ConvolutionPass: ConvolutionChoice.Method]
  {
    var methods: [ConvolutionPass: ConvolutionChoice.Method] = [:]
    for pass in layer.sorted {
      let possible = ConvolutionChoice(layer[pass], .measured).methods
      methods[pass] =
        possible.count == 1
        ? possible[0] : kept(layer[pass].key, possible, \.name) ?? chosen(layer[pass], possible, device)
    }
    return methods
  }

  private func kept<Algorithm>(_ key: String, _ possible: [Algorithm], _ nameOf: (Algorithm) -> String)
    -> Algorithm?
  {
    guard let name = taken.convolutions[key] else { return nil }
    let algorithm = possible.first { nameOf($0) == name }
    if algorithm == nil {
      note("\"\(name)\", kept for \(key), is no algorithm for it; chosen anew, the last bits may differ")
    }
    return algorithm
  }

  private func chosen(
    _ layer: LayerPass, _ possible: [ConvolutionChoice.Method], _ device: CPUDevice
  ) -> ConvolutionChoice.Method {
    let choice = ConvolutionChoice(layer, wanted)
    let contenders = wanted == .measured ? choice.contenders : []
    if contenders.count < 2 { return choice.method }
    let known = memory.convolutions[layer.key] ?? measured.convolutions[layer.key]
    if let method = possible.first(where: { $0.name == known }) { return method }
    let trials = contenders.map { [ConvolutionTrial.Pass(layer: layer, method: $0)] }
    guard let best = measure(trials, device) else { return choice.method }
    measured.convolutions[layer.key] = contenders[best].name
    return contenders[best]
  }

  private func chosen(_ layer: LayerPasses, _ possible: [LayerChoice.Algorithm], _ device: CPUDevice)
    -> LayerChoice.Algorithm
  {
    let choice = LayerChoice(layer, wanted)
    let contenders = wanted == .measured ? choice.contenders : []
    if contenders.count < 2 { return choice.algorithm }
    let known = memory.convolutions[layer.key] ?? measured.convolutions[layer.key]
    if let algorithm = possible.first(where: { $0.name == known }) { return algorithm }
    let trials = contenders.map { algorithm in
      let apart = algorithm == .apart ? apart(layer, device) : [:]
      return layer.sorted.map { pass in
        var method = apart[pass] ?? .tiles
        if case .together(let cut) = algorithm { method = .fourier(cut) }
        return ConvolutionTrial.Pass(layer: layer[pass], method: method)
      }
    }
    guard let best = measure(trials, device) else { return choice.algorithm }
    measured.convolutions[layer.key] = contenders[best].name
    return contenders[best]
  }

  /// Which is fastest; nil where there is no memory to try them in.
  private func measure(_ trials: [[ConvolutionTrial.Pass]], _ device: CPUDevice) -> Int? {
    let start = Processor.time
    defer { seconds += Processor.time - start }
    guard let trial = trial ?? (try? ConvolutionTrial(device)) else { return nil }
    self.trial = trial
    return try? trial.fastest(of: trials)
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
      "measured algorithms for \(count) convolution\(count == 1 ? "" : "s") in \(tenths) s"
        + (isKept ? ", remembered in \(cache.folder)" : "")
    ] + problems
  }
}
