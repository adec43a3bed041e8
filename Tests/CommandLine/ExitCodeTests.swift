import Foundation
import SfumatoCheckpoint
import SfumatoJSON
import Testing

@Suite struct ExitCodeTests {
  @Test(arguments: [
    (["frobnicate"], "Unexpected argument 'frobnicate'"), (["inspect"], "Missing expected argument '<path>'"),
    (["inspect", ".", "--color=purple"], "'purple' is invalid"),
    (["devices", "--jsn"], "Unknown option '--jsn'"),
    (["sample", ".", "--interpolate", "3:8"], "a number of images from 2 to 100000, such as 3:8:10"),
    (["sample", ".", "--seeds", "5-2"], "such as 7 or 0-15 or 1,5,9-12"),
    (["plugins", "samplers"], "no kind of plugin \"samplers\"; did you mean \"sampler\"?"),
  ])
  func usageErrorsEndWith2(arguments: [String], message: String) throws {
    let program = try Program(arguments)
    #expect(program.exitCode == 2)
    #expect(program.hasOneError && program.errors.contains(message), "\(program.errors)")
    #expect(program.output.isEmpty)
  }

  @Test func badFilesEndWith3() throws {
    try withTemporaryFolder { root in
      try PosixFileSystem().publish([1, 2, 3], to: root + "/x.safetensors")
      for (path, message) in [
        ("/nowhere", "no such file"), (root, "it is no run"),
        (root + "/x.safetensors", "no valid safetensors file"),
      ] {
        let program = try Program(["inspect", path])
        #expect(program.exitCode == 3)
        #expect(program.hasOneError && program.errors.contains(message), "\(program.errors)")
      }
    }
  }

  @Test func colorIsAsAsked() throws {
    let escape = "\u{1B}["
    #expect(try !Program(["inspect", "/nowhere"]).errors.contains(escape))
    #expect(try Program(["inspect", "/nowhere", "--color", "always"]).errors.contains(escape))
    let environment = ["NO_COLOR": "1"]
    #expect(
      try Program(["inspect", "/nowhere", "--color=always"], environment: environment).errors.contains(escape)
    )
  }

  @Test func versionIsPrinted() throws {
    let program = try Program(["--version"])
    #expect(program.exitCode == 0 && program.output.split(separator: ".").count == 3)
  }

  @Test(arguments: [["devices", "--json"], ["plugins", "--json"]])
  func jsonIsLinesAndNothingElse(arguments: [String]) throws {
    let program = try Program(arguments)
    #expect(program.exitCode == 0)
    let lines = program.output.split(separator: "\n")
    #expect(!lines.isEmpty)
    for line in lines { #expect(try JSONValue(parsing: String(line)).object != nil) }
  }
}
