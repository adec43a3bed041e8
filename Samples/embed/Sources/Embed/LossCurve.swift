import Sfumato

/// Draws the logged losses as an image, `loss.png` in the run's folder, with their logarithm upwards.
final class LossCurve: TrainingObserver {
  let name = "the curve of losses"
  let period: Int
  private let path: String
  private var losses: [Double] = []

  init(every period: Int, in folder: RunFolder) {
    self.period = period
    path = folder.path + "/loss.png"
  }

  func observe(_ event: TrainingEvent) {
    if case .logged(let step) = event, step.metrics.loss > 0 { losses.append(step.metrics.loss) }
  }

  func observe(step: Int, of run: ObservedRun) throws {
    guard let low = losses.min(), let high = losses.max(), low < high else { return }
    var image = Image(width: 256, height: 96, channels: 1, filledWith: .white)
    for x in 0..<image.width {
      let loss = losses[x * losses.count / image.width]
      let y = Int(Double(image.height - 1) * Double.log(high / loss) / Double.log(high / low))
      image.pixels[y * image.width + x] = 0
    }
    try PosixFileSystem().publish(image.encodedPNG(), to: path)
  }

  static let definition = TrainingObserverDefinition(
    name: "curve", summary: "the losses as an image, loss.png in the run's folder",
    options: [
      PluginOption("period", "Steps between two drawings", .integer(default: 100, in: 1...1_000_000))
    ]
  ) { options, folder in LossCurve(every: options.integer("period"), in: folder) }
}
