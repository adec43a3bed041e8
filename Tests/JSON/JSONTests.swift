import SfumatoJSON
import Testing

@Suite struct JSONTests {
  @Test func parsesEveryKindOfValue() throws {
    let value = try JSONValue(
      parsing: #" {"a": [1, -2, 0.5, 1e3, true, false, null], "b": {"c": "x\n\u00e9\ud83d\ude00/\/"}} "#)
    #expect(value["a"] == [1, -2, 0.5, 1000.0, true, false, nil])
    #expect(value["b"]?["c"] == "x\né😀//")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "01", "+1", "1.", ".5", "1e", "nul", "\"a", "\"\\x\"", "\"\\u12\"",
    "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\u{1}\"", "1 2", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}",
    "{a:1}", "1e999", "[1 2]", "-", "'a'",
  ])
  func rejects(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func rejectsBytesThatAreNoUTF8() {
    #expect(throws: JSONError("a string that is not UTF-8", at: 1)) {
      try JSONValue(parsing: [0x22, 0xFF, 0x22])
    }
  }

  @Test func namesTheOffset() {
    #expect(throws: JSONError("expected ':', found '1'", at: 5)) { try JSONValue(parsing: "{\"a\" 1}") }
  }

  @Test func refusesDeepNesting() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try JSONValue(parsing: nested(60))
    #expect(throws: JSONError.self) { try JSONValue(parsing: nested(100_000)) }
    #expect(throws: JSONError.self) {
      var scanner = JSONScanner(ArraySlice(nested(100_000).utf8))
      try scanner.skip()
    }
  }

  @Test func writesLinesInOrderAndDocumentsSorted() throws {
    let value: JSONValue = ["b": 1, "a": [1e-05, 2.0, "q\"\u{2}"], "c": [:], "d": []]
    #expect(value.line == #"{"b":1,"a":[1e-05,2.0,"q\"\u0002"],"c":{},"d":[]}"#)
    #expect(
      value.document == """
        {
          "a": [
            1e-05,
            2.0,
            "q\\"\\u0002"
          ],
          "b": 1,
          "c": {},
          "d": []
        }

        """)
    #expect(try JSONValue(parsing: value.line) == value)
    #expect(try JSONValue(parsing: value.document) == value)
    #expect(JSONValue.number(.nan).line == "null")
  }

  @Test func objectsKeepOrderAndForget() {
    var object: JSONObject = ["b": 1, "a": 2]
    object["b"] = 3
    object["a"] = nil
    object["c"] = nil
    #expect(object.keys == ["b"])
    #expect(object == ["b": 3])
  }
}
