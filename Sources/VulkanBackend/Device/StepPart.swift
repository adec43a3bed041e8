import SfumatoCompiler
import SfumatoGraph

extension Op {
  /// What a profile calls it: a node with what follows it goes by its own name.
  var kernelName: String {
    guard case .region(let region) = self else { return name }
    let core = EpilogueRegion(region)?.core ?? PrologueRegion(region)?.core
    return core?.op.kernelName ?? name
  }
}

/// The commands of one node, or of what stands around the nodes.
struct StepPart {
  enum Kind: Equatable {
    /// The inputs, from the host's side to the device's.
    case inputs
    /// A node, by its number in the program.
    case node(Int)
    /// The outputs, to the host's side.
    case outputs
    /// New states that were not written in place.
    case states
  }

  var kind: Kind
  var group: CommandGroup
  /// The algorithm that was chosen, where there are several.
  var method: String?

  init(_ kind: Kind, in program: Program, _ commands: [Command], method: String? = nil) {
    self.kind = kind
    self.method = method
    let name =
      switch kind {
      case .inputs: "inputs"
      case .node(let index): StepPart.name(program.nodes[index])
      case .outputs: "outputs"
      case .states: "states"
      }
    group = CommandGroup(name: name, commands: commands)
  }

  /// The kernels that it launches, each once, in order.
  var kernels: [Kernel] { group.commands.kernels }

  /// A node's operation, and where in the model it was traced.
  private static func name(_ node: Node) -> String {
    node.name.isEmpty ? node.op.kernelName : node.op.kernelName + " " + node.name
  }
}

extension [Command] {
  /// The kernels that they launch, each once, in order.
  var kernels: [Kernel] {
    var kernels: [Kernel] = []
    for case .dispatch(let dispatch) in self where !kernels.contains(dispatch.kernel) {
      kernels.append(dispatch.kernel)
    }
    return kernels
  }
}
