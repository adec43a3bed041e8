import Foundation
import SfumatoImages
import SfumatoJSON
import Testing

@Suite struct DataTests {
  @Test func aDataSetIsDescribed() throws {
    try withTemporaryFolder { root in
      let arguments = ["data", TrainTests.emoji, "--filter", "subgroup=face-*", "--label", "subgroup"]
      let text = try Program(arguments + ["--contact-sheet", root + "/sheet.png"])
      #expect(text.exitCode == 0 && text.errors.isEmpty, "\(text.errors)")
      for part in [
        "112 images chosen of 1377", "32x32", "face-smiling: 14", "contact sheet: \(root)/sheet.png",
      ] {
        #expect(text.output.contains(part), "\(part)")
      }
      #expect(try Image(contentsOf: root + "/sheet.png").width > 256)
      let json = try JSONValue(parsing: try Program(arguments + ["--json"]).output)
      #expect(json["count"] == 112 && json["total"] == 1377 && json["good"] == 112)
    }
  }

  @Test func mistakesAreOneLineEach() throws {
    try withTemporaryFolder { root in
      let cases: [([String], Int32, String)] = [
        (["/nowhere"], 3, "/nowhere"), ([root], 3, root),
        ([TrainTests.emoji, "--kind", "flder"], 2, "\"folder\""),
        ([TrainTests.emoji, "--filter", "x"], 2, "field=pattern"),
        ([TrainTests.emoji, "--label", "grup"], 2, "grup"),
      ]
      for (arguments, code, message) in cases {
        let program = try Program(["data"] + arguments)
        #expect(program.exitCode == code, "\(arguments): \(program.errors)")
        #expect(program.hasOneError && program.errors.contains(message), "\(program.errors)")
      }
    }
  }
}
