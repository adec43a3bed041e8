import SfumatoBackend
import SfumatoGraph

extension StepProfile {
  /// The profile of a run, whose parts ran one after the other where they have times.
  ///
  /// - Parameters:
  ///   - times: what each part took on the device; nil where that is not known.
  ///   - reports: what the compiler says of each part's kernels.
  ///   - submitted: when the device was given the work, in seconds since the run began.
  ///   - wall: seconds of the run on the host's clock.
  init(
    _ parts: [StepPart], of program: Program, times: [StepSlot.PartTime]?, reports: [[KernelReport]],
    submitted: Double, wall: Double
  ) {
    self.init(wall: wall, isTimed: times != nil)
    kernels = parts.indices.map { index in
      var kernel = Kernel(parts[index], of: program)
      kernel.reports = reports[index]
      if let times {
        kernel.begin = submitted + times[index].begin
        kernel.wall = times[index].seconds
      }
      return kernel
    }
  }
}

extension StepProfile.Kernel {
  fileprivate init(_ part: StepPart, of program: Program) {
    var operation = "copy", node = part.group.name, multiplyAdds = 0
    if case .node(let index) = part.kind {
      let traced = program.nodes[index]
      (operation, node) = (traced.op.kernelName, traced.name)
      multiplyAdds = program.multiplyAdds(of: traced)
    }
    self.init(
      operation: operation, method: multiplyAdds > 0 ? part.algorithm : "", node: node,
      multiplyAdds: multiplyAdds, traffic: part.group.commands.reduce(MemoryTraffic()) { $0 + $1.traffic },
      begin: 0, wall: 0, processor: nil, spans: [])
  }
}

extension StepPart {
  /// How it is computed: the algorithm that was chosen, and the shaders.
  fileprivate var algorithm: String { [method, shaders].compactMap { $0 }.joined(separator: ": ") }

  /// The names of the shaders that it launches, each once, in order.
  fileprivate var shaders: String {
    var names: [String] = []
    for kernel in kernels {
      let name: String
      switch kernel.code {
      case .embedded(let shader): name = shader
      case .linked(let shader, _): name = shader + " → pointwise"
      case .generated: continue
      }
      if !names.contains(name) { names.append(name) }
    }
    return names.joined(separator: " + ")
  }
}
