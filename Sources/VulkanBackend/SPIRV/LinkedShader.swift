import SfumatoGraph

/// A compiled shader that calls generated functions instead of memory: its results go through clusters of elementwise operations,
/// whose outputs are stored instead, and floats that it reads may be stored in 16 bits, or be what a cluster yields.
struct LinkedShader {
  /// A result's way.
  struct Result {
    /// The binding of the shader's result.
    var binding: Int
    /// The cluster, perhaps with moves behind it: `EpilogueRegion.tail`.
    var body: Program
    /// The input of `body` that is the shader's result.
    var given: Int
    /// The buffer of each other operand, counted from `firstBinding`; operands on the same bytes share one.
    var operandBindings: [Int?]
    var isWritten: [Bool]
    var firstBinding: Int
  }

  /// What is read at a binding of floats.
  enum Load {
    /// Elements of 16 bits.
    case narrow(DType)
    /// What a cluster with one output yields from operands at these bindings, counted from `firstBinding`.
    case cluster(Program, operandBindings: [Int?], firstBinding: Int)
  }

  /// The shader, by its variant's name.
  let shader: String
  /// By binding.
  let loads: [Int: Load]
  let results: [Result]
  let preservesSpecialFloats: Bool

  /// The SPIR-V; nil where the shader does not load or store whole elements of floats there.
  ///
  /// The shader's place of a result must be the element's number; the clusters' operands begin where their buffers do.
  func words() throws(VulkanError) -> [UInt32]? {
    guard let code = EmbeddedShaders.byName[shader], let module = ShaderModule(code) else { return nil }
    var builder = ModuleBuilder(extending: module, preservesSpecialFloats: preservesSpecialFloats)
    var loadFunctions: [UInt32: ModuleBuilder.Function] = [:]
    for (binding, load) in loads.sorted(by: { $0.key < $1.key }) {
      guard let buffer = module.floatBuffer(binding: binding) else { return nil }
      loadFunctions[buffer.variable] =
        switch load {
        case .narrow(let dtype): narrow(binding, dtype, width: buffer.width, in: &builder)
        case .cluster(let body, let bindings, let first):
          try cluster(body, bindings, firstBinding: first, width: buffer.width, in: &builder)
        }
    }
    var storeFunctions: [UInt32: ModuleBuilder.Function] = [:]
    for result in results {
      guard let buffer = module.floatBuffer(binding: result.binding) else { return nil }
      storeFunctions[buffer.variable] = try store(result, width: buffer.width, in: &builder)
    }
    return module.linked(builder, loads: loadFunctions, stores: storeFunctions)
  }

  /// An element, or a vector of four, of what is stored in 16 bits.
  private func narrow(
    _ binding: Int, _ dtype: DType, width: Int, in builder: inout ModuleBuilder
  ) -> ModuleBuilder.Function {
    builder.require16BitStorage()
    let buffer = builder.declareBuffer(binding, is16Bit: true)
    let type = builder.floats(width)
    let function = builder.beginFunction(returning: type, [builder.uint])
    let numbers = elements(function.parameters[0], width: width, in: &builder)
    let floats = numbers.map { builder.float(half: builder.load($0, of: buffer), dtype) }
    builder.endFunction(returning: vector(floats, type, in: &builder))
    return function
  }

  /// An element, or a vector of four, of what a cluster yields.
  private func cluster(
    _ body: Program, _ bindings: [Int?], firstBinding: Int, width: Int, in builder: inout ModuleBuilder
  ) throws(VulkanError) -> ModuleBuilder.Function {
    let count = (bindings.compactMap { $0 }.max() ?? -1) + 1
    var emission = PointwiseEmission(
      builder, body, bindings: bindings, isWritten: Array(repeating: false, count: count))
    emission.declareBuffers(firstBinding: firstBinding)
    let type = emission.module.floats(width)
    let function = emission.module.beginFunction(returning: type, [emission.module.uint])
    var floats: [ModuleBuilder.ID] = []
    for element in elements(function.parameters[0], width: width, in: &emission.module) {
      floats.append(try emission.value(element))
    }
    emission.module.endFunction(returning: vector(floats, type, in: &emission.module))
    builder = emission.module
    return function
  }

  private func vector(
    _ floats: [ModuleBuilder.ID], _ type: ModuleBuilder.ID, in builder: inout ModuleBuilder
  ) -> ModuleBuilder.ID {
    floats.count == 1 ? floats[0] : builder.emit(.compositeConstruct, type, words: floats.map(\.number))
  }

  /// What becomes of an element, or of a vector of four.
  private func store(
    _ result: Result, width: Int, in builder: inout ModuleBuilder
  ) throws(VulkanError) -> ModuleBuilder.Function {
    var emission = PointwiseEmission(
      builder, result.body, shape: result.body[result.body.inputs[result.given].value].shape,
      bindings: result.operandBindings, isWritten: result.isWritten)
    emission.declareBuffers(firstBinding: result.firstBinding)
    let parameters = [emission.module.uint, emission.module.floats(width)]
    let function = emission.module.beginFunction(returning: emission.module.void, parameters)
    let given = result.body.inputs[result.given].value
    for (lane, element) in elements(function.parameters[0], width: width, in: &emission.module).enumerated() {
      var value = function.parameters[1]
      if width > 1 {
        value = emission.module.emit(
          .compositeExtract, emission.module.float, words: [value.number, UInt32(lane)])
      }
      value = emission.module.round(value, to: result.body[given].dtype)
      try emission.emitElement(element, given: [given: value])
    }
    emission.module.endFunction()
    builder = emission.module
    return function
  }

  /// The numbers of the elements in a vector.
  private func elements(
    _ number: ModuleBuilder.ID, width: Int, in builder: inout ModuleBuilder
  ) -> [ModuleBuilder.ID] {
    guard width > 1 else { return [number] }
    let first = builder.multiply(integers: number, builder.constant(UInt32(width)))
    return (0..<width).map { builder.add(integers: first, builder.constant(UInt32($0))) }
  }
}
