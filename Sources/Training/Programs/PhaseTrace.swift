import SfumatoGraph
import SfumatoNN

/// A program of a phase, being traced, with what goes into it.
public final class PhaseTrace {
  public let components: Components
  public let graph = GraphBuilder()
  let parameters = ParameterList()
  public let scope: Scope
  let scaling: LossScaling?
  private let given: Given?
  private var states: [String: Tensor] = [:]

  /// The inputs of a program that computes a loss.
  public struct Given {
    /// (N, H, W, C) in [-1, 1].
    public let images: Tensor
    /// What the model is told of the images.
    public let conditions: Conditioning
    /// u32 [5]; see `Op.randomBits`.
    public let key: Tensor
  }

  /// - Parameter batch: images that the program takes; nil for one that computes no loss.
  init(_ components: Components, batch: Int?) throws {
    self.components = components
    scaling = try components.lossScale.map { [graph] in try LossScaling($0, in: graph) }
    given = try batch.map { [graph] batch in
      let data = components.recipe.data
      return Given(
        images: try graph.input(
          TrainingPrograms.Name.images, .f32, [batch, data.resolution, data.resolution, data.channels]),
        conditions: try Conditioning(components.conditions.all, inputsOf: graph, rows: batch),
        key: try graph.input(TrainingPrograms.Name.key, .u32, [5]))
    }
    scope = Scope(graph, parameters: parameters, randomKey: given?.key)
  }

  /// The inputs.
  ///
  /// - Throws: `GraphError` in a program that computes no loss.
  public func inputs() throws -> Given {
    guard let given else {
      throw GraphError(operation: "input", node: "", problem: "this program takes no images")
    }
    return given
  }

  /// The scalar state `name`, f32, declared when first asked for.
  public func scalarState(_ name: String) throws -> Tensor {
    if let known = states[name] { return known }
    let state = try graph.state(name, .f32, [])
    states[name] = state
    return state
  }

  /// What `accumulate` has added up under `name`.
  func accumulated(_ name: String, _ shape: Shape) throws -> Tensor {
    try graph.state(TrainingPrograms.Name.accumulated + name, .f32, shape)
  }

  /// Adds a part's share of a mean to what has been gathered under `name`; the first of `parts` starts anew.
  func accumulate(_ name: String, _ value: Tensor, parts: Int) throws {
    let isFirst = try isFirstPart()
    let sum = try accumulated(name, value.shape), share = try value / Double(parts)
    try graph.update(TrainingPrograms.Name.accumulated + name, to: isFirst.select(share, sum + share))
  }

  private func isFirstPart() throws -> Tensor {
    let name = TrainingPrograms.Name.isFirst
    if let known = states[name] { return known }
    let isFirst = try graph.input(name, .u32, []).cast(.bool)
    states[name] = isFirst
    return isFirst
  }
}
