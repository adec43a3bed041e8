import SfumatoGraph
import SfumatoNN

/// The programs of a training step: one phase, or one after another.
public struct TrainingPrograms {
  /// Names at the border of the programs.
  public enum Name {
    public static let images = "images", key = "key", isFirst = "is_first"
    public static let hyperparameters = "hyperparameters"
    /// With a loss scale: the skipped steps that `hyperparameters` begin at, i32 [].
    public static let knownSkips = "known_skips"
    public static let loss = "loss", gradientNorm = "gradient_norm"
    static let accumulated = "accumulated."
  }

  /// The model's parameters, in the order of their declaration.
  public let parameters: [Parameter]
  public let phases: [TrainingPhase]

  /// - Parameter microBatch: images a program takes at once; the whole batch when nil.
  public init(_ components: Components, microBatch: Int? = nil) throws {
    var parameters: [Parameter] = [], phases: [TrainingPhase] = []
    for definition in components.task.phases(components) {
      let (phase, found) = try definition.traced(components, microBatch: microBatch)
      phases.append(phase)
      let known = Set(parameters.map(\.name))
      parameters += found.filter { !known.contains($0.name) }
    }
    self.parameters = parameters
    self.phases = phases
  }

  /// All programs, in the order in which they run.
  public var all: [Program] { phases.flatMap(\.programs) }

  /// Every state of the programs.
  public var states: [(name: String, type: TensorType)] {
    var seen: Set<String> = []
    return all.flatMap { program in program.states.map { ($0.name, program[$0.input]) } }.filter {
      seen.insert($0.0).inserted
    }
  }

  /// The parameters that averages are kept of.
  public var averaged: [Parameter] {
    let names = Set(states.map(\.name))
    return parameters.filter { names.contains(ParameterList.averagePrefix + $0.name) }
  }
}
