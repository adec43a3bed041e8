import SfumatoBackend
import SfumatoCompiler
import SfumatoConformance
import SfumatoGraph
import Testing

/// Something that a backend may do wrong, to be planted in a good one.
struct Fault: Sendable, CustomTestStringConvertible {
  var name: String
  /// The program as the faulty device understands it; nil where it has nothing to misunderstand.
  var program: @Sendable (Program) throws -> Program? = { _ in nil }
  /// The planned program as the faulty device carries it out.
  var plan: @Sendable (PlannedProgram) -> PlannedProgram? = { _ in nil }
  /// How a run goes wrong.
  var run = Run.asAsked
  /// Whether a check can meet the fault at all; others need not be run to know that they pass.
  var concerns: @Sendable (ConformanceSuite.Check) -> Bool = { _ in true }

  enum Run {
    case asAsked
    /// Later runs get the first input of the first one.
    case withOldInput
    /// Every third run takes `program` instead.
    case nowAndThen
    /// No step is made.
    case never
  }

  var testDescription: String { name }
}

extension Fault {
  /// No step is ever made.
  static let refused = Fault(name: "refused", run: .never)

  /// exp(x) is 1 + x.
  static let truncatedExp = Fault(
    name: "truncated exp",
    program: { program in
      try program.retraced { op, x in
        guard case .unary(.exp) = op else { return nil }
        return [try x[0] + x[0].splat(1)]
      }
    })
}
