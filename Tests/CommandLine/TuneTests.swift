import Foundation
import SfumatoJSON
import Testing

/// `sfumato tune` as users run it, on the CPU.
@Suite struct TuneTests {
  @Test func choicesAreShownAndRemembered() throws {
    try withTemporaryFolder { root in
      let environment = ["SFUMATO_CACHE": root + "/cache"]
      let program = try Program(["tune"] + BenchTests.tiny, environment: environment)
      #expect(program.exitCode == 0 && program.errors.isEmpty, "\(program.errors)")
      #expect(program.output.hasPrefix("ALGORITHM"))
      #expect(program.output.contains("forward 2 × 8×8×8→8"), "\(program.output)")
      let json = try JSONValue(
        parsing: Program(["tune", "--json"] + BenchTests.tiny, environment: environment).output)
      #expect(json["backend"] == "fftw")
      let count = json["choices"]?["convolutions"]?.object?.keys.count ?? 0
      // A heading, and a line each.
      #expect(count > 3 && program.output.split(separator: "\n").count == count + 1)
      #expect(FileManager.default.fileExists(atPath: root + "/cache/fftw.json"))
    }
  }

  @Test func aDeviceWithNothingToChooseSaysSo() throws {
    let program = try Program(["tune", "--backend", "oracle"])
    #expect(program.exitCode == 2, "\(program.exitCode)")
    #expect(program.errors.contains("it has one algorithm for everything"), "\(program.errors)")
  }
}
