import Foundation
import SfumatoJSON
import Testing

/// `sfumato conformance` as users run it, on the CPU.
@Suite struct ConformanceTests {
  @Test func aPassingRunSaysSo() throws {
    try withTemporaryFolder { root in
      let program = try Program(
        ["conformance", "--backend", "fftw", "--op", "tanh", "--order", "0", "--report", root + "/r.md"])
      #expect(program.exitCode == 0, "\(program.errors)")
      #expect(program.output.contains("tanh") && program.output.contains("81 passed"))
      #expect(program.errors.hasPrefix("conformance: "))
      let report = try String(contentsOfFile: root + "/r.md", encoding: .utf8)
      #expect(report.contains("| backend | `fftw` |") && report.contains("| tanh | 81 | 81 | 0 | 0 | 0 |"))
    }
  }

  @Test func jsonIsALineACheck() throws {
    try withTemporaryFolder { root in
      let program = try Program(
        ["conformance", "--backend", "oracle", "--op", "iota", "--json", "--report", root + "/r.json"])
      #expect(program.exitCode == 0 && program.errors.isEmpty)
      let lines = try program.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      #expect(lines.count >= 25)
      for line in lines {
        #expect(
          line["op"] == "iota" && line["status"] == "passed" && line["order"] == 0)
        #expect(line["error"]?.number == 0)
        #expect(
          line["detail"]?.string != nil && line["types"] == "f32[1]" && line["milliseconds"]?.number != nil)
      }
      let report = try JSONValue(parsing: String(contentsOfFile: root + "/r.json", encoding: .utf8))
      #expect(report["backend"] == "oracle" && report["total"]?["passed"] == .integer(lines.count))
    }
  }

  /// The parts of a suite are apart, and together the whole.
  @Test func partsMakeTheWhole() throws {
    func checks(_ more: [String]) throws -> [String] {
      let program = try Program(["conformance", "--backend", "oracle", "--op", "iota", "--json"] + more)
      #expect(program.exitCode == 0, "\(program.errors)")
      return program.output.split(separator: "\n").compactMap { line in
        let json = try? JSONValue(parsing: String(line))
        return json.map { "\($0["types"]?.string ?? "") \($0["detail"]?.string ?? "")" }
      }
    }
    let whole = try checks([])
    let parts = try (1...3).map { try checks(["--part", "\($0)/3"]) }
    #expect(parts.allSatisfy { (whole.count / 3...whole.count / 3 + 1).contains($0.count) })
    #expect(parts.flatMap { $0 }.sorted() == whole.sorted())
  }

  @Test(arguments: [
    (["--op", "sofmax"], "no operation \"sofmax\"; did you mean \"softmax\"?"),
    (["--order", "3"], "--order is 3, but must be 0, 1 or 2"),
    (["--compare", "fftw"], "--compare takes two backends"),
    (["--report", "x.txt"], "must end in .md or .json"),
    (["--recipe", "x.yaml"], "--recipe goes with --compare only"),
    (["--part", "4/3"], "4/3"), (["--part", "0/3"], "0/3"), (["--part", "1"], "--part"),
    (["--mode", "support", "--part", "1/2"], "--part goes with --mode test only"),
    (["--mode", "support", "--order", "1"], "--order goes with --mode test only"),
  ])
  func usageErrorsEndWith2(arguments: [String], message: String) throws {
    let program = try Program(["conformance"] + arguments)
    #expect(program.exitCode == 2 && program.hasOneError)
    #expect(program.errors.contains(message), "\(program.errors)")
  }

  /// A library that was named is checked, or nothing: never another backend in its place.
  @Test func aLibraryThatIsNotThereIsNotReplaced() throws {
    let program = try Program(["conformance", "--backend-path", "/nowhere/x.so", "--op", "iota"])
    #expect(program.exitCode == 2 && program.output.isEmpty)
    #expect(program.errors.contains("note: not loaded: backend /nowhere/x.so: there is no such file"))
    #expect(program.errors.contains("error: backend /nowhere/x.so: nothing was loaded from there"))
  }

  @Test func backendsAreCompared() throws {
    let program = try Program(["conformance", "--compare", "oracle", "fftw", "--json"])
    #expect(program.exitCode == 0, "\(program.errors)")
    let json = try JSONValue(parsing: program.output)
    #expect(json["differing"] == 0 && json["backends"] == ["oracle", "fftw"])
    #expect((json["nodes"]?.integer ?? 0) > 900)
  }

  @Test func supportIsATable() throws {
    let program = try Program([
      "conformance", "--backend", "fftw", "--mode", "support", "--op", "softmax", "--json",
    ])
    #expect(program.exitCode == 0, "\(program.errors)")
    let lines = try program.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(lines.map { $0["op"] } == ["softmax", "softmaxGrad"])
    #expect(lines.allSatisfy { $0["f32"] == "native" && $0["i32"] == .null })
  }

  @Test func performanceIsMeasured() throws {
    let program = try Program(
      ["conformance", "--backend", "fftw", "--mode", "performance", "--op", "matmul", "--json"])
    #expect(program.exitCode == 0, "\(program.errors)")
    let lines = try program.output.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(lines.count == 2)
    for line in lines {
      // Two operations a multiply-add.
      let seconds = line["seconds"]?.number ?? 0, work = line["detail"] == "512" ? 0x1p28 : 0x1p26
      #expect(abs((line["gigaflops"]?.number ?? 0) * seconds * 1e9 / work - 1) < 1e-6)
    }
  }
}
