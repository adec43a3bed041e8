import SfumatoGraph

/// A place in a model's tree of names, where parameters are declared and layers are traced.
public struct Scope {
  public let graph: GraphBuilder
  public let parameters: ParameterList
  /// Names from the root, joined by dots; empty at the root.
  public let path: String
  /// The key u32[5] (see `Op.randomBits`) of this step's random numbers; nil outside training, where
  /// dropout does nothing.
  public let randomKey: Tensor?

  /// The root of a model.
  public init(_ graph: GraphBuilder, parameters: ParameterList = ParameterList(), randomKey: Tensor? = nil) {
    self.init(graph, parameters, "", randomKey)
  }

  private init(_ graph: GraphBuilder, _ parameters: ParameterList, _ path: String, _ randomKey: Tensor?) {
    self.graph = graph
    self.parameters = parameters
    self.path = path
    self.randomKey = randomKey
  }

  /// The place called `name` below this one.
  public subscript(name: String) -> Scope {
    Scope(graph, parameters, path.isEmpty ? name : path + "." + name, randomKey)
  }

  /// The place numbered `index` below this one.
  public subscript(index: Int) -> Scope { self[String(index)] }

  /// The parameter `name` of this place; the same tensor when it was declared before.
  public func parameter(
    _ name: String, _ shape: Shape, _ initializer: Initializer, layout: Parameter.Layout = .same,
    constraint: Constraint = .none, isTrainable: Bool = true
  ) throws -> Tensor {
    let parameter = Parameter(
      name: self[name].path, shape: shape, layout: layout, initializer: initializer, constraint: constraint,
      isTrainable: isTrainable)
    return try parameters.declare(parameter, graph)
  }

  /// Traces `body`, whose nodes carry this place's path.
  public func traced<Result>(_ body: () throws -> Result) rethrows -> Result {
    let outer = graph.scope
    if path == outer { return try body() }
    let inner = !outer.isEmpty && path.hasPrefix(outer + ".") ? String(path.dropFirst(outer.count + 1)) : path
    return try graph.within(inner, body)
  }
}
