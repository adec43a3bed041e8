import SfumatoBackend
import SfumatoConfiguration
import SfumatoConformance
import SfumatoGraph
import SfumatoNN
import SfumatoRandom
import SfumatoTraining

/// A phase of a training step of a recipe as a program, with synthetic images: no data set is needed.
public struct TracedStep {
  public let program: Program
  private let parameters: [Parameter]
  private let lossScale: LossScaleRecipe?

  /// - Parameters:
  ///   - recipe: where it asks for labels there are three classes.
  ///   - phase: the number of the phase.
  /// - Throws: what is wrong with the recipe.
  public init(_ recipe: Recipe, phase: Int = 0) throws {
    var recipe = recipe
    recipe.training.microBatch = nil
    let components = try Components(recipe: recipe, classCount: 3)
    let programs = try TrainingPrograms(components)
    lossScale = components.lossScale
    program = programs.phases[phase].update
    parameters = programs.parameters
  }

  /// A U-Net of two levels with attention on images of 8×8, small enough for the oracle.
  public static let smallRecipe: Recipe = {
    var recipe = Recipe()
    recipe.name = "small"
    recipe.data.resolution = 8
    recipe.model.options["block_out_channels"] = [4, 8]
    recipe.model.options["down_block_types"] = ["DownBlock2D", "AttnDownBlock2D"]
    recipe.model.options["up_block_types"] = ["AttnUpBlock2D", "UpBlock2D"]
    recipe.model.options["layers_per_block"] = 1
    recipe.model.options["norm_num_groups"] = 2
    recipe.model.options["attention_head_dim"] = 4
    recipe.training.batch = 2
    return recipe
  }()

  /// An R3GAN of two stages on images of 8×8.
  public static let smallAdversarialRecipe: Recipe = {
    var recipe = Recipe()
    recipe.name = "small-gan"
    recipe.data.resolution = 8
    recipe.model.kind = "r3gan"
    recipe.model.options = ["width": 4, "max_width": 8, "blocks": 1, "group_channels": 4, "latent_size": 4]
    recipe.objective.kind = "r3gan"
    recipe.optimizer.kind = "adam"
    recipe.training.batch = 2
    return recipe
  }()

  /// What the program's inputs are drawn from, by name.
  private static func distribution(_ name: String, _ dtype: DType) -> Distribution {
    switch name {
    case TrainingPrograms.Name.key: .integers(0, 1000)
    case TrainingPrograms.Name.knownSkips: .integers(0, 0)
    case TrainingPrograms.Name.hyperparameters: .uniform(0.001, 0.01)
    case AdversarialTask.settingsName: .uniform(0.3, 0.9)
    // Of conditions: there are three classes.
    case _ where dtype == .i32: .integers(0, 2)
    default: .uniform(-1, 1)
    }
  }

  /// A tensor for each input.
  public var inputs: [String: HostTensor] {
    Dictionary(
      uniqueKeysWithValues: program.inputs.enumerated().map { index, port in
        let test = ConformanceCase(
          port.name,
          inputs: [
            .init(
              program[port.value].dtype, program[port.value].shape,
              Self.distribution(port.name, program[port.value].dtype))
          ]
        ) { $0 }
        return (
          port.name, HostTensor(program[port.value], rounding: test.elements(0, seed: UInt64(index + 1)))
        )
      })
  }

  /// A tensor for each state: parameters, averages and the loss scale at their first values, the optimizer's tensors at zero.
  public var states: [String: HostTensor] {
    let scaling = lossScale.map { LossScaleStatus($0).tensors } ?? [:]
    let initial = Dictionary(
      uniqueKeysWithValues: parameters.flatMap { parameter in
        let values = parameter.initialValues(seed: 3)
        return [ParameterList.parameterPrefix, ParameterList.averagePrefix].map {
          ($0 + parameter.name, HostTensor(values, parameter.shape))
        }
      })
    return Dictionary(
      uniqueKeysWithValues: program.states.map {
        ($0.name, initial[$0.name] ?? scaling[$0.name] ?? HostTensor(zeros: program[$0.input]))
      })
  }

  /// The step as a case: states are inputs, new states are outputs beside the program's own.
  ///
  /// - Parameter name: of the model, in the report.
  func conformanceCase(_ name: String, detail: String) -> ConformanceCase {
    var stateless = program
    stateless.states = []
    stateless.inputs += program.states.map { Port(name: "state " + $0.name, value: $0.input) }
    stateless.outputs += program.states.filter { $0.output != $0.input }.map {
      Port(name: "state " + $0.name, value: $0.output)
    }
    let inputs = program.inputs.map {
      ConformanceCase.Input(
        program[$0.value].dtype, program[$0.value].shape, Self.distribution($0.name, program[$0.value].dtype))
    }
    let states = program.states.map { port in
      // The optimizer's second moment is a square.
      let isSquare = port.name.hasPrefix("optimizer.v.")
      return ConformanceCase.Input(
        program[port.input].dtype, program[port.input].shape, isSquare ? .uniform(0.001, 0.1) : .scaled(0.2))
    }
    let body = stateless
    return ConformanceCase(
      name, detail, inputs: inputs + states, dtype: .f32, tolerance: Tolerance(value: 1e-7, gradient: 1e-6),
      maxOrder: 0
    ) { tensors in
      guard let graph = tensors.first?.graph else { return [] }
      return try graph.inline(body, tensors)
    }
  }
}
