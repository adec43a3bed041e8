import SfumatoBackend
import SfumatoGraph

/// A list of checks: cases, each to every order of differentiation that it has.
public struct ConformanceSuite: Sendable {
  /// A case to one order.
  public struct Check: Sendable {
    public var test: ConformanceCase
    public var order: Int
  }

  public private(set) var checks: [Check]

  public init(_ cases: [ConformanceCase]) {
    checks = cases.flatMap { test in (0...test.maxOrder).map { Check(test: test, order: $0) } }
  }

  /// The operations and regions in the suite, each once, in order.
  public var operations: [String] {
    var seen: Set<String> = []
    return checks.map(\.test.operation).filter { seen.insert($0).inserted }
  }

  /// The checks that `isIncluded` holds for.
  public func filter(_ isIncluded: (Check) -> Bool) -> ConformanceSuite {
    var suite = self
    suite.checks = checks.filter(isIncluded)
    return suite
  }

  /// Checks of operations that begin with one of `names`; of all where there is none.
  public func operations(_ names: [String]) -> ConformanceSuite {
    names.isEmpty ? self : filter { check in names.contains { check.test.operation.hasPrefix($0) } }
  }

  /// Every `step`-th check from the one numbered `offset` on, large ones excepted: a part of the suite that is the same
  /// each time and holds something of every operation.
  public func part(_ offset: Int, of step: Int) -> ConformanceSuite {
    let small = filter { !$0.test.isLarge }
    var suite = small
    suite.checks = small.checks.indices.filter { $0 % step == offset }.map { small.checks[$0] }
    return suite
  }
}
