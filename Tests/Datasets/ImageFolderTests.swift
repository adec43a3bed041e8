import SfumatoDatasets
import SfumatoImages
import SfumatoRegistry
import Testing

@Suite struct ImageFolderTests {
  @Test func foldersAreClassesInOrder() throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("dogs/b.png", number: 3)
    try folder.writePNG("dogs/deep/down/a.PNG", number: 4)
    try folder.writePNG("cats/x.png", number: 1)
    try folder.writePNG("cats/.hidden.png", number: 9)
    try folder.write("cats/readme.txt", "no image")
    let images = try openDataset(path: folder.path)
    #expect(
      (0..<images.count).map { images.record(at: $0).key } == [
        "cats/x.png", "dogs/b.png", "dogs/deep/down/a.PNG",
      ])
    #expect(images.classes == ["cats", "dogs"] && images.labels == [0, 1, 1])
    #expect(try number(of: images.image(at: 2)) == 4)
    #expect(images.labelField == "class")
    #expect(images.dataset.notes == ["1 file ending in .txt passed over"])
  }

  @Test func imageOutsideTheFoldersMeansNoClasses() throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("cats/x.png", number: 1)
    try folder.writePNG("y.png", number: 2)
    let images = try openDataset(path: folder.path)
    #expect(images.classes.isEmpty && images.labels == [0, 0] && images.labelField == nil)
    let error = #expect(throws: DatasetError.self) {
      try openDataset(path: folder.path, options: DatasetOptions(label: "class"))
    }
    #expect(error?.description.contains("\"y.png\" has no field \"class\"") == true)
  }

  @Test(arguments: [
    (
      "metadata.jsonl",
      """
      {"file_name": "a.png", "text": "a \\"red\\" dot", "label": 10}

      {"file_name": "sub/b.png", "text": "two", "label": 9, "nested": {"x": [1]}, "nothing": null}\r
      """
    ),
    (
      "metadata.csv",
      "\u{FEFF}file_name,label,text\r\na.png,10,\"a \"\"red\"\" dot\"\r\nsub/b.png,9,two\r\n"
    ),
  ])
  func metadataGivesCaptionsAndLabels(name: String, content: String) throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("a.png", number: 1)
    try folder.writePNG("sub/b.png", number: 2)
    try folder.write(name, content)
    let images = try openDataset(path: folder.path, options: DatasetOptions(label: "label"))
    #expect(images.caption(at: 0) == "a \"red\" dot" && images.caption(at: 1) == "two")
    // Numbers are in order of their values: 9 comes before 10.
    #expect(images.classes == ["9", "10"] && images.labels == [1, 0])
    #expect(images.record(at: 1).fields == ["class": "sub", "text": "two", "label": "9"])
  }

  @Test func metadataInASubfolderIsRelativeToIt() throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("sub/b.png", number: 2)
    try folder.write("sub/metadata.jsonl", #"{"file_name": "b.png", "text": "two"}"#)
    try folder.write("metadata.csv", "file_name,text\ngone.png,lost\n")
    let images = try openDataset(path: folder.path)
    #expect(images.caption(at: 0) == "two")
    #expect(images.dataset.notes.contains { $0.contains("gone.png") })
  }

  @Test(arguments: [
    ("metadata.jsonl", "{\"file_name\": \"a.png\"}\nnot json\n", "line 2 is not a JSON object"),
    ("metadata.jsonl", "[1, 2]", "line 1 is not a JSON object"),
    ("metadata.jsonl", "{\"text\": \"x\"}", "line 1 has no file_name"),
    ("metadata.csv", "name,text\na.png,x\n", "line 2 has no file_name"),
    ("metadata.csv", "file_name,text\na.png,x,y\n", "line 2 has 3 cells, the header 2"),
    ("metadata.csv", "file_name,text\na.png,\"x\n", "the quote opened in line 2 is never closed"),
    ("metadata.csv", "file_name,text\na.png,\"x\"y\n", "line 2 has text after a closing quote"),
  ])
  func damagedMetadataIsNamed(name: String, content: String, message: String) throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("a.png", number: 1)
    try folder.write(name, content)
    let error = #expect(throws: DatasetError.self) { try openDataset(path: folder.path) }
    #expect(error?.description.contains(message) == true, "\(String(describing: error))")
    #expect(error?.exitCode == .badData)
  }

  @Test func filtersChooseAndExplain() throws {
    let folder = try TemporaryFolder()
    for (i, name) in ["cat", "cattle", "dog", "bird"].enumerated() {
      try folder.writePNG("\(name)/x.png", number: i)
    }
    func chosen(_ pattern: String) throws -> [String] {
      try openDataset(path: folder.path, options: DatasetOptions(filter: ["class": pattern])).classes
    }
    #expect(try chosen("cat*") == ["cat", "cattle"])
    #expect(try chosen("cat|dog") == ["cat", "dog"])
    #expect(try chosen("?og") == ["dog"])
    let nothing = #expect(throws: DatasetError.self) { try chosen("horse") }
    #expect(nothing?.description.contains("there are: bird, cat, cattle, dog") == true)
    #expect(nothing?.exitCode == .usage)
    let unknown = #expect(throws: DatasetError.self) {
      try openDataset(path: folder.path, options: DatasetOptions(filter: ["clas": "cat"]))
    }
    #expect(unknown?.description.contains("did you mean \"class\"?") == true)
  }

  @Test func emptyAndMissingFoldersAreClearErrors() throws {
    let folder = try TemporaryFolder()
    try folder.write("notes.txt", "nothing to see")
    let empty = #expect(throws: DatasetError.self) { try openDataset(path: folder.path) }
    #expect(
      empty?.description.hasSuffix("no images found; expected files ending in .jpeg, .jpg or .png") == true)
    let missing = #expect(throws: DatasetError.self) { try openDataset(path: folder.path + "/gone") }
    #expect(missing?.description.contains("no such file or folder") == true)
    let text = #expect(throws: DatasetError.self) { try openDataset(path: folder.path + "/notes.txt") }
    #expect(text?.description.contains("not a data set of a known kind") == true)
    #expect(throws: RegistryError.self) {
      try openDataset(path: folder.path, options: DatasetOptions(kind: "webdatset"))
    }
  }

  @Test func fingerprintFollowsKeysAndClasses() throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("a/x.png", number: 1)
    try folder.writePNG("b/y.png", number: 2)
    let first = try openDataset(path: folder.path).fingerprint
    #expect(try openDataset(path: folder.path).fingerprint == first)
    let others = [["a/x.png", "b/y.png", "b/z.png"], ["a/x.png", "b/z.png"], ["a/x.png", "c/y.png"]]
    for names in others {
      let other = try TemporaryFolder()
      for name in names { try other.writePNG(name, number: 1) }
      #expect(try openDataset(path: other.path).fingerprint != first)
    }
  }
}

@Suite struct GlobPatternTests {
  @Test(arguments: [
    ("*", "", true), ("*", "any", true), ("a*c", "abbc", true), ("a*c", "ac", true), ("a*c", "acb", false),
    ("*face*", "cat-face", true), ("face-*", "cat-face", false), ("?", "", false), ("??", "ab", true),
    ("", "", true), ("", "a", false), ("a|b*", "bcd", true), ("*a*b*", "xxaxxbxx", true), ("**a", "ba", true),
    ("a**", "a", true), ("*ab", "aab", true),
  ])
  func matches(pattern: String, name: String, expected: Bool) {
    #expect(GlobPattern(pattern).matches(name) == expected)
  }
}
