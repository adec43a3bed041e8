import SfumatoBackend
import SfumatoGraph

/// How a device carries out an operation on a type.
public enum Support: String, Sendable {
  /// By a kernel of its own.
  case native
  /// By the primitives in the region's body.
  case body = "through its body"
  case unsupported
}

/// What a device supports, by trying.
public struct SupportTable: Sendable {
  public struct Row: Sendable {
    public var operation: String
    /// By type; nil where the operation has no meaning on a type.
    public var support: [DType: Support]
  }

  public let rows: [Row]

  /// Runs the smallest case of every operation and type in `cases` on `device`.
  public init(_ cases: [ConformanceCase], on device: any Device) {
    var order: [String] = []
    var smallest: [String: [DType: ConformanceCase]] = [:]
    for test in cases where !test.isLarge && test.inputs.allSatisfy({ $0.type.count > 0 }) {
      if smallest[test.operation] == nil { order.append(test.operation) }
      let known = smallest[test.operation]?[test.dtype]
      if known == nil || test.elementCount < (known?.elementCount ?? 0) {
        smallest[test.operation, default: [:]][test.dtype] = test
      }
    }
    rows = order.map { operation in
      Row(
        operation: operation,
        support: (smallest[operation] ?? [:]).mapValues { Self.support(of: $0, on: device) })
    }
  }

  private static func support(of test: ConformanceCase, on device: any Device) -> Support {
    do {
      let program = try test.program(order: 0)
      let isRegion = program.nodes.contains { $0.isRegion(test.operation) }
      let planned = try device.plan(program)
      let step = try device.makeStep(planned, state: device.makeState(for: program))
      let inputs = test.inputs.indices.map {
        ("\($0)", HostTensor(test.inputs[$0].type, rounding: test.elements($0)))
      }
      try step.run(Dictionary(uniqueKeysWithValues: inputs))
      _ = try step.outputs()
      return isRegion && !planned.program.nodes.contains { $0.isRegion(test.operation) } ? .body : .native
    } catch {
      return .unsupported
    }
  }
}

extension ConformanceCase {
  fileprivate var elementCount: Int { inputs.reduce(0) { $0 + $1.type.count } }
}

extension Node {
  fileprivate func isRegion(_ name: String) -> Bool {
    if case .region(let region) = op { region.name == name } else { false }
  }
}
