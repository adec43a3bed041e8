import SfumatoBackend
import SfumatoCheckpoint
import SfumatoConditions
import SfumatoConfiguration
import SfumatoGraph
import SfumatoJSON
import SfumatoNN
import SfumatoOptimizers

/// The tensors of a training run on its device, and how they come from and go to checkpoints.
final class TrainingState {
  let components: Components
  let stored: StoredParameters
  /// The parameters that averages are kept of.
  private let averaged: StoredParameters
  let store: any StateStore
  /// Steps that were skipped because gradients overflowed, before this run or its part in another precision.
  private var earlierSkips = 0
  /// What the checkpoint had in its `state.json`; empty at a run's beginning.
  private(set) var saved = JSONObject()

  init(_ components: Components, _ programs: TrainingPrograms, device: any Device) throws {
    self.components = components
    stored = StoredParameters(parameters: programs.parameters)
    averaged = StoredParameters(parameters: programs.averaged)
    store = try device.makeState(programs.states.map { StateSlot(name: $0.name, type: $0.type) })
  }

  /// Initial values, the same for the parameters and their averages.
  func initialize(seed: UInt64) throws {
    let haveAverages = Set(averaged.parameters.map(\.name))
    for parameter in stored.parameters {
      let values = HostTensor(parameter.initialValues(seed: seed), parameter.shape)
      try store.write(ParameterList.parameterPrefix + parameter.name, values)
      if haveAverages.contains(parameter.name) {
        try store.write(ParameterList.averagePrefix + parameter.name, values)
      }
    }
    if let options = components.lossScale { try write(LossScaleStatus(options)) }
  }

  /// Where loss scaling stands, which waits for the last step; nil without it.
  func lossScale() throws -> LossScaleStatus? {
    components.lossScale == nil ? nil : try LossScaleStatus { try store.read($0) }
  }

  /// Steps of the whole run that changed nothing; waits for the last one where there may be new ones.
  func skippedSteps() throws -> Int { try lossScale()?.skippedSteps ?? earlierSkips }

  private func write(_ status: LossScaleStatus) throws {
    for (name, tensor) in status.tensors { try store.write(name, tensor) }
  }

  /// Everything that a resumed run needs, at the end of `step`.
  ///
  /// - Parameter watches: which keep something of their own.
  func checkpoint(step: Int, dataFingerprint: UInt64, watches: [any TrainingWatch]) throws -> Checkpoint {
    var optimizer: [StoredTensor] = []
    for (slot, kept) in slots {
      for var tensor in try kept.read(ParameterList.slotName(slot, ""), from: store) {
        tensor.name = slot + "." + tensor.name
        optimizer.append(tensor)
      }
    }
    var state = components.identity
    state["seed"] = .integer(components.recipe.training.seed)
    state["data"] = .string(String(dataFingerprint, radix: 16))
    state["recipe"] = .string(try components.recipe.yaml())
    state["skipped_steps"] = .integer(try skippedSteps())
    state["loss_scale"] = try lossScale()?.json
    for entry in components.task.entries { state[entry.key] = try entry.save(store) }
    for watch in watches {
      if let (key, value) = watch.kept { state[key] = value }
    }
    return Checkpoint(
      step: step,
      parts: [
        "model": Safetensors(tensors: try stored.read(ParameterList.parameterPrefix, from: store)),
        "ema": Safetensors(tensors: try averaged.read(ParameterList.averagePrefix, from: store)),
        "optimizer": Safetensors(tensors: optimizer),
      ], state: state)
  }

  /// What the optimizer keeps, by the name of its slots: for each parameter that has it a tensor, laid out as the parameter where it is
  /// of its shape.
  private var slots: [(name: String, tensors: StoredParameters)] {
    let optimizer = components.optimizer, trained = stored.parameters.filter(\.isTrainable)
    return optimizer.slotNames(of: trained).map { name in
      let tensors = trained.compactMap { parameter in
        optimizer.slots(of: parameter).first { $0.name == name }.map { slot in
          Parameter(
            name: parameter.name, shape: slot.shape,
            layout: slot.shape == parameter.shape ? parameter.layout : .same, initializer: .zeros)
        }
      }
      return (name, StoredParameters(parameters: tensors))
    }
  }

  /// Takes over a checkpoint, which must be of this model.
  ///
  /// - Throws: `TrainingError.changed` when the model, the objective, the conditions, the data or the seed differ;
  ///   `CheckpointError` for a tensor that is missing or misshaped.
  func restore(_ checkpoint: Checkpoint, path: String, dataFingerprint: UInt64) throws {
    try compare(checkpoint, path: path, dataFingerprint: dataFingerprint)
    func part(_ name: String) throws -> Safetensors {
      guard let part = checkpoint.parts[name] else {
        throw TrainingError.notATrainingCheckpoint(
          path: path, problem: "there is no \(name).safetensors in it")
      }
      return part
    }
    for (name, prefix, stored) in [
      ("model", ParameterList.parameterPrefix, stored), ("ema", ParameterList.averagePrefix, averaged),
    ] {
      let file = try part(name)
      try file.check(against: stored.descriptions, path: "\(path)/\(name).safetensors")
      try stored.write(file, path: "\(path)/\(name).safetensors", to: store, prefix)
    }
    for (slot, kept) in slots {
      try kept.write(
        part("optimizer"), named: slot + ".", path: "\(path)/optimizer.safetensors", to: store,
        ParameterList.slotName(slot, ""))
    }
    try restoreLossScale(checkpoint.state, step: checkpoint.step, path: path)
    try restoreEntries(checkpoint.state, path: path)
    saved = checkpoint.state
  }

  /// A checkpoint of another precision has no scale: it begins anew, but the skipped steps stay skipped.
  private func restoreLossScale(_ saved: JSONObject, step: Int, path: String) throws {
    earlierSkips = min(max(0, saved["skipped_steps"]?.integer ?? 0), step)
    guard let options = components.lossScale else { return }
    guard let json = saved["loss_scale"] else {
      return try write(LossScaleStatus(options, skippedSteps: earlierSkips))
    }
    guard let status = LossScaleStatus(json: json, skippedSteps: earlierSkips) else {
      throw TrainingError.notATrainingCheckpoint(
        path: path, problem: "its loss_scale is \(json.line), expected a power of two as scale and counts")
    }
    try write(status)
  }

  private func restoreEntries(_ saved: JSONObject, path: String) throws {
    for entry in components.task.entries where try !entry.restore(saved[entry.key], store) {
      throw TrainingError.notATrainingCheckpoint(
        path: path,
        problem: "its \(entry.key) is \((saved[entry.key] ?? .null).line), expected \(entry.expected)")
    }
  }

  private func compare(_ checkpoint: Checkpoint, path: String, dataFingerprint: UInt64) throws {
    var expected = components.identity
    expected["seed"] = .integer(components.recipe.training.seed)
    expected["data"] = .string(String(dataFingerprint, radix: 16))
    var kept = checkpoint.state
    kept["conditions"] = ConditionSet.json(in: kept)
    for (key, value) in expected.members {
      let found = kept[key] ?? .null
      if found == value { continue }
      if let (name, old, new) = firstDifference(found, value) {
        throw TrainingError.changed(what: key + name, found: new, expected: old, path: path)
      }
    }
  }

  /// The first member in which two objects differ, or the values themselves.
  private func firstDifference(_ old: JSONValue, _ new: JSONValue) -> (
    name: String, old: String, new: String
  )? {
    guard let oldObject = old.object, let newObject = new.object else {
      return old == new ? nil : ("", old.line, new.line)
    }
    for (key, value) in newObject.members {
      if let (name, old, new) = firstDifference(oldObject[key] ?? .null, value) {
        return ("." + key + name, old, new)
      }
    }
    return nil
  }
}
