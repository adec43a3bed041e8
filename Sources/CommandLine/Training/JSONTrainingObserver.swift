import Sfumato

/// Writes a training run to standard output, an object a line, each with its `event`.
final class JSONTrainingObserver: TrainingObserver {
  func observe(_ event: TrainingEvent) {
    switch event {
    case .started(let run):
      write(
        "started",
        [
          "name": .string(run.name), "first_step": .integer(run.firstStep),
          "last_step": .integer(run.lastStep),
          "batch": .integer(run.batch), "parameters": .integer(run.parameterCount),
          "images": .integer(run.imageCount), "device": .string(run.device), "memory": .integer(run.memory),
          "workspace": .integer(run.workspace),
        ])
    case .stepped: return
    case .logged(let step): write("logged", step.json)
    case .sampleWritten(let step, let path):
      write("sample_written", ["step": .integer(step), "path": .string(path)])
    case .checkpointSaved(let step, let path):
      write("checkpoint_saved", ["step": .integer(step), "path": .string(path)])
    case .rewound(let step): write("rewound", ["step": .integer(step)])
    case .note(let text): write("note", ["text": .string(text)])
    case .finished(let step, let interrupted):
      write("finished", ["step": .integer(step), "interrupted": .bool(interrupted)])
    }
  }

  private func write(_ event: String, _ members: JSONObject) {
    var line: JSONObject = ["event": .string(event)]
    for (key, value) in members.members { line[key] = value }
    Terminal.jsonLine(line)
  }
}
