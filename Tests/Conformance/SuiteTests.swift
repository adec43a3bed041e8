import SfumatoBackend
import SfumatoConformance
import SfumatoConformanceModels
import SfumatoFFTWBackend
import SfumatoGraph
import SfumatoJSON
import SfumatoOracle
import Testing

/// What the suite holds, and what it says.
@Suite struct SuiteTests {
  @Test func everyOperationHasItsShapesAndTypes() throws {
    let suite = try ConformanceSuite.everything()
    #expect(suite.checks.count >= 5000)
    let cases = suite.checks.filter { $0.order == 0 }.map(\.test)
    let primitives =
      UnaryOp.allCases.map(\.rawValue) + BinaryOp.allCases.map(\.rawValue)
      + [
        "cast", "select", "reduceSum", "reduceMax", "cumsum", "reshape", "transpose", "broadcast", "slice",
        "pad",
        "concat",
        "gather", "scatterAdd", "matmul", "conv", "convGradInput", "convGradWeight", "constant",
        "stopGradient",
      ]
    let regions = [
      "softmax", "softmaxGrad", "attention", "attentionGrad", "groupNorm", "groupNormGrad", "pointwise",
    ]
    for operation in primitives + regions {
      for dtype in DType.floats {
        let types = Set(
          cases.filter { $0.operation == operation && $0.dtype == dtype }.map { "\($0.detail) \($0.types)" })
        #expect(types.count >= 25, "\(operation) \(dtype)")
      }
    }
    for (operation, dtype) in [("iota", DType.i32), ("randomBits", .u32), ("adamw", .f32)] {
      #expect(cases.count { $0.operation == operation && $0.dtype == dtype } >= 25, "\(operation)")
    }
    for operation in ["unetStep", "ganStep", "discriminatorStep", "generatorStep"] {
      #expect(cases.count { $0.operation == operation } >= 5, "\(operation)")
    }
  }

  @Test func namesOfChecksAreUnique() throws {
    let names = try ConformanceSuite.everything().checks.map { "\($0.test) \($0.test.dtype) \($0.order)" }
    let repeated = Dictionary(grouping: names) { $0 }.filter { $1.count > 1 }.keys.sorted()
    #expect(repeated.isEmpty)
  }

  @Test func partsMakeUpTheWhole() throws {
    let suite = try ConformanceSuite.everything()
    let whole = suite.checks.count { !$0.test.isLarge }
    #expect((0..<6).reduce(0) { $0 + suite.part($1, of: 6).checks.count } == whole)
    #expect(suite.operations(["conv"]).operations == ["conv", "convGradInput", "convGradWeight"])
  }

  // MARK: Expectations

  private static let suite = ConformanceSuite([
    ConformanceCase("exp", inputs: [.init(.f32, [3])], maxOrder: 0) { [try $0[0].exp()] }
  ])

  private func statuses(_ device: any Device, _ expectations: Expectations) -> [ConformanceStatus] {
    var statuses: [ConformanceStatus] = []
    Self.suite.run(on: device, expectations: expectations) {
      statuses.append($0.status)
      return true
    }
    return statuses
  }

  @Test func aKnownFailureThatPassesIsAProblem() throws {
    let known = Expectations(knownFailures: [Expectation(operation: "exp", reason: "a test")])
    #expect(statuses(try OracleBackend().open(0), known) == [.unexpectedPass])
    #expect(ConformanceStatus.unexpectedPass.isProblem)
    let wrong = FaultyDevice(try FFTWBackend().open(0), .truncatedExp)
    #expect(statuses(wrong, known) == [.knownFailure])
    #expect(statuses(wrong, Expectations()) == [.failed])
  }

  @Test func whatIsUnsupportedIsNoFailureWhereTheListSaysSo() throws {
    let refusing = FaultyDevice(try FFTWBackend().open(0), .refused)
    let listed = Expectations(unsupported: [Expectation(operation: "exp", dtype: .f32, reason: "a test")])
    #expect(statuses(refusing, listed) == [.unsupported])
    #expect(statuses(refusing, Expectations()) == [.failed])
    // Being wrong is no way of being unsupported.
    #expect(statuses(FaultyDevice(try FFTWBackend().open(0), .truncatedExp), listed) == [.failed])
  }

  // MARK: Reports

  @Test func theReportCountsAndNames() throws {
    var report = ConformanceReport(try OracleBackend().open(0).info)
    Self.suite.run(on: FaultyDevice(try FFTWBackend().open(0), .truncatedExp)) {
      report.add($0)
      return true
    }
    #expect(report.total.total == 1 && report.problems.count == 1)
    #expect(report.markdown.contains("| exp | 1 | 0 | 1 |"))
    #expect(report.markdown.contains("**failed** `exp f32[3] order 0`: output 0"))
    let json = try JSONValue(parsing: JSONValue.object(report.json).line)
    #expect(json["total"]?["failed"] == 1 && json["problems"]?.array?.first?["op"] == "exp")
  }

  @Test func theSupportTableTellsKernelsFromBodies() throws {
    let cases = ConformanceCase.regions.filter {
      ["softmax", "adamw"].contains($0.operation) && $0.dtype == .f32
    }
    let rows = SupportTable(cases, on: try FFTWBackend().open(0)).rows
    #expect(rows.first { $0.operation == "softmax" }?.support == [.f32: .native])
    #expect(rows.first { $0.operation == "adamw" }?.support == [.f32: .body])
    let refusing = SupportTable(cases, on: FaultyDevice(try FFTWBackend().open(0), .refused))
    #expect(refusing.rows.allSatisfy { $0.support == [.f32: .unsupported] })
  }
}
