import SfumatoJSON

/// What a training run reports on its way, to its observers.
public enum TrainingEvent: Sendable {
  /// The program is compiled and the first step is about to run.
  case started(RunDescription)
  /// A step was handed to the device. Comes for every step, so whoever listens must be quick.
  case stepped(step: Int)
  /// The metrics of a step were read.
  case logged(LoggedStep)
  /// A grid of samples was written.
  case sampleWritten(step: Int, path: String)
  /// A checkpoint was published.
  case checkpointSaved(step: Int, path: String)
  /// A device was lost: the steps behind `step` are done again.
  case rewound(step: Int)
  /// Something that the user should know and that stops nothing.
  case note(String)
  /// The run ended: all steps are done, or it was interrupted; the last checkpoint is saved.
  case finished(step: Int, interrupted: Bool)
}

/// What a run is, known before its first step.
public struct RunDescription: Sendable {
  public var name: String
  /// Steps done before, where the run resumes.
  public var firstStep: Int
  /// Step at which the run ends.
  public var lastStep: Int
  public var batch: Int
  public var parameterCount: Int
  public var imageCount: Int
  /// Backend and device, and why they were chosen.
  public var device: String
  /// Planned memory of a step in bytes.
  public var memory: Int
  /// Bytes that the backend takes beside what was planned.
  public var workspace: Int

  public init(
    name: String, firstStep: Int, lastStep: Int, batch: Int, parameterCount: Int, imageCount: Int,
    device: String,
    memory: Int, workspace: Int = 0
  ) {
    self.name = name
    self.firstStep = firstStep
    self.lastStep = lastStep
    self.batch = batch
    self.parameterCount = parameterCount
    self.imageCount = imageCount
    self.device = device
    self.memory = memory
    self.workspace = workspace
  }
}

/// The metrics of one step.
public struct LoggedStep: Sendable, Equatable {
  public var step: Int
  /// Images seen since the run's first step.
  public var images: Int
  /// Losses and norms of gradients, which are not finite where a step with loss scaling was skipped.
  public var metrics: StepMetrics
  public var learningRate: Double
  public var imagesPerSecond: Double

  public init(
    step: Int, images: Int, metrics: StepMetrics, learningRate: Double, imagesPerSecond: Double
  ) {
    self.step = step
    self.images = images
    self.metrics = metrics
    self.learningRate = learningRate
    self.imagesPerSecond = imagesPerSecond
  }

  /// The line of the log; what is not finite is null in it.
  public var json: JSONObject {
    var line: JSONObject = ["step": .integer(step), "images": .integer(images)]
    for metric in metrics.values { line[metric.name] = .number(metric.value) }
    line["lr"] = .number(learningRate)
    if let lossScale = metrics.lossScale {
      line["loss_scale"] = .number(lossScale.scale)
      line["skipped_steps"] = .integer(lossScale.skippedSteps)
    }
    line["images_per_second"] = .number(imagesPerSecond)
    return line
  }
}
