import SfumatoGraph

/// The parameters that models have declared in one graph, in order of declaration.
///
/// A model that is traced again (a discriminator on real and on generated images) gets the same tensors.
public final class ParameterList {
  /// Gives the tensor that stands for a newly declared parameter.
  public typealias Source = (Parameter, GraphBuilder) throws -> Tensor

  public private(set) var parameters: [Parameter] = []
  /// The parameters' tensors, in the same order.
  public private(set) var tensors: [Tensor] = []
  private var numbers: [String: Int] = [:]
  private let source: Source
  /// The number of the next layer that draws random numbers.
  private var randomLayers = 0

  public init(source: @escaping Source) { self.source = source }

  /// What names of trained parameters begin with among the graph's states.
  public static let parameterPrefix = "parameter."
  /// What names of averaged parameters begin with among the graph's states.
  public static let averagePrefix = "ema."

  /// Where, in the tree of names, parameters of the objective are, beside the model's.
  public static let objectiveScope = "objective"

  /// Parameters that are the graph's state, called `prefix` + name.
  public convenience init(statePrefix prefix: String = ParameterList.parameterPrefix) {
    self.init { try $1.state(prefix + $0.name, .f32, $0.shape) }
  }

  /// The number of scalars in all parameters.
  public var elementCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// The tensor of the parameter called `name`, if there is one.
  public subscript(name: String) -> Tensor? { numbers[name].map { tensors[$0] } }

  /// The trainable parameters with their tensors.
  public var trainable: [(parameter: Parameter, tensor: Tensor)] {
    zip(parameters, tensors).filter { $0.0.isTrainable }.map { ($0.0, $0.1) }
  }

  func declare(_ parameter: Parameter, _ graph: GraphBuilder) throws -> Tensor {
    if let number = numbers[parameter.name] {
      guard parameters[number] == parameter else {
        throw GraphError(
          operation: "parameter", node: parameter.name,
          problem: "declared again with shape \(parameter.shape), first with \(parameters[number].shape); "
            + "both must be the same in shape, layout, initial values and constraint")
      }
      return tensors[number]
    }
    let tensor = try source(parameter, graph)
    numbers[parameter.name] = parameters.count
    parameters.append(parameter)
    tensors.append(tensor)
    return tensor
  }

  func nextRandomLayer() -> Int {
    defer { randomLayers += 1 }
    return randomLayers
  }
}
