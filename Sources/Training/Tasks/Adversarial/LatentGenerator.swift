import SfumatoBackend
import SfumatoConditions
import SfumatoSamplers

/// Generates images from latent vectors, in one evaluation of the generator.
final class LatentGenerator: ImageGenerator {
  private let task: AdversarialTask
  private let conditions: ConditionSet
  private let device: any Device
  private let state: any StateStore
  /// By batch.
  private var steps = RecentSteps<Int>()
  private(set) var evaluationCount = 0

  init(_ task: AdversarialTask, _ conditions: ConditionSet, device: any Device, state: any StateStore) {
    self.task = task
    self.conditions = conditions
    self.device = device
    self.state = state
  }

  func method(_ request: SamplingRequest) throws -> Generator.Method {
    try task.check(request)
    return Generator.Method(name: "generator", steps: 1)
  }

  func batch(
    _ request: SamplingRequest, _ rows: Range<Int>, _ trajectory: ((TrajectoryPoint) throws -> Void)?
  ) throws -> [Float] {
    let (step, inputs) = try evaluation(request, rows)
    evaluationCount += 1
    try step.run(inputs)
    let images = try step.outputs()["images"]?.floats ?? []
    try trajectory?(
      TrajectoryPoint(step: 1, stepCount: 1, sigma: 0, x: images, denoised: images))
    return images
  }

  func evaluation(_ request: SamplingRequest, _ rows: Range<Int>) throws -> (
    step: any Step, inputs: [String: HostTensor]
  ) {
    let size = task.networks.latentSize
    let noise = SampleNoise(points: Array(request.points[rows]), elementsPerImage: size).start()
    var inputs = conditions.tensors(request.told(rows))
    inputs["z"] = HostTensor(noise.map { $0 * Float(request.truncation) }, [rows.count, size])
    return (try step(rows.count), inputs)
  }

  private func step(_ batch: Int) throws -> any Step {
    try steps.step(batch) {
      try device.makeStep(GeneratingProgram(task, conditions, batch: batch).program, state: state)
    }
  }
}
