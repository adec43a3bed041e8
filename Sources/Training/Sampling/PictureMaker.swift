import SfumatoBackend
import SfumatoGraph
import SfumatoNN
import SfumatoSamplers

/// How the pictures of a kind of model are made, a batch at a time.
protocol PictureMaker: AnyObject {
  /// How often the network has been evaluated, each time for a batch.
  var evaluationCount: Int { get }

  func way(_ request: SamplingRequest) throws -> Generator.Way

  /// - Throws: for what the model has no use for.
  func check(_ request: SamplingRequest) throws

  /// The numbers of the pictures in `rows`.
  func batch(
    _ request: SamplingRequest, _ rows: Range<Int>, _ trajectory: ((TrajectoryPoint) throws -> Void)?
  ) throws -> [Float]

  /// The first evaluation of the network for the pictures in `rows`.
  func evaluation(_ request: SamplingRequest, _ rows: Range<Int>) throws -> (
    step: any Step, inputs: [String: HostTensor]
  )
}

extension Components {
  /// A program that makes one picture, or a step towards it, and the parameters whose averages it reads.
  func samplingProgram() throws -> (program: Program, parameters: [Parameter]) {
    switch task {
    case .denoising(let task):
      let traced = try DenoisingProgram(task, recipe.data, batch: 1, isGuided: false)
      return (traced.program, traced.parameters)
    case .adversarial(let task):
      let traced = try GeneratingProgram(task, batch: 1)
      return (traced.program, traced.parameters)
    }
  }
}
