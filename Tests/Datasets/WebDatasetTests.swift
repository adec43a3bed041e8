import SfumatoDatasets
import SfumatoImages
import Testing

@Suite struct WebDatasetTests {
  /// Writes a tar of named files.
  private func writeTar(_ folder: TemporaryFolder, _ name: String, _ files: [(String, [UInt8])]) throws
    -> String
  {
    let path = folder.path + "/" + name
    let tar = try TarWriter(path: path)
    for (name, bytes) in files { try tar.append(name: name, bytes: bytes) }
    try tar.finish()
    return path
  }

  private func png(_ number: Int) throws -> [UInt8] { try testImage(number).encodedPNG() }

  @Test func consecutiveKeysFormSamples() throws {
    let folder = try TemporaryFolder()
    let path = try writeTar(
      folder, "a.tar",
      [
        ("one.json", Array(#"{"text": "first", "kind": "x", "list": [1]}"#.utf8)), ("one.png", png(1)),
        ("./dir.v2/two.seg.png", png(2)), ("dir.v2/two.txt", Array("second\n".utf8)),
        ("dir.v2/two.cls", Array("7\n".utf8)),
        ("dir.v2/three.txt", Array("no image".utf8)), ("dir.v2/.hidden.png", png(9)),
      ])
    let dataset = try openDataset(path: path)
    #expect(dataset.count == 2)
    #expect(dataset.record(at: 0) == Record(key: "one", fields: ["text": "first", "kind": "x"]))
    #expect(dataset.record(at: 1) == Record(key: "dir.v2/two", fields: ["text": "second", "class": "7"]))
    #expect(try number(of: dataset.image(at: 0)) == 1 && number(of: dataset.image(at: 1)) == 2)
    #expect(dataset.dataset.notes == ["1 sample without a PNG or JPEG passed over"])
  }

  @Test func shardsFollowOneAnother() throws {
    let folder = try TemporaryFolder()
    _ = try writeTar(folder, "set-000001.tar", [("c.png", png(3))])
    _ = try writeTar(folder, "set-000000.tar", [("a.png", png(1)), ("b.png", png(2))])
    let dataset = try openDataset(path: folder.path)
    #expect(dataset.dataset is WebDataset)
    #expect(try (0..<dataset.count).map { try number(of: dataset.image(at: $0)) } == [1, 2, 3])
  }

  @Test func sizesAroundABlockAreFound() throws {
    let folder = try TemporaryFolder()
    let sizes = [511, 512, 513, 1024, 1025]
    // What follows the end of a PNG is not read, so an image can be given any size.
    let files = try sizes.map { size in
      let bytes = try png(size)
      return ("k\(size).png", bytes + [UInt8](repeating: 1, count: size - bytes.count))
    }
    let dataset = try openDataset(path: writeTar(folder, "a.tar", files))
    #expect(try (0..<dataset.count).map { try number(of: dataset.image(at: $0)) } == sizes)
  }

  @Test func writerIsDeterministic() throws {
    let folder = try TemporaryFolder()
    let files = try [("a.png", png(1)), ("b.json", Array("{}".utf8))]
    let first = try fileBytes(at: writeTar(folder, "1.tar", files), limit: 1 << 20)
    let second = try fileBytes(at: writeTar(folder, "2.tar", files), limit: 1 << 20)
    #expect(first == second)
    #expect(throws: DatasetError.self) { try TarWriter(path: folder.path + "/no/such/folder.tar") }
  }

  @Test func damageIsNamed() throws {
    let folder = try TemporaryFolder()
    let empty = try writeTar(folder, "empty.tar", [])
    let noImages = #expect(throws: DatasetError.self) { try openDataset(path: empty) }
    #expect(noImages?.description.contains("no images found") == true)
    let broken = try writeTar(folder, "broken.tar", [("a.png", png(1)), ("a.json", Array("{".utf8))])
    let error = #expect(throws: DatasetError.self) { try openDataset(path: broken) }
    #expect(error?.description.contains("a.json is not a JSON object") == true)
    let text = try folder.write("text.tar", "this is no archive at all")
    #expect(throws: DatasetError.self) { try openDataset(path: text) }
  }

  @Test func fileCutShortAfterOpeningIsABadImage() throws {
    let folder = try TemporaryFolder()
    let path = try writeTar(folder, "a.tar", [("a.png", png(1)), ("b.png", png(2))])
    let dataset = try openDataset(path: path)
    try folder.write("a.tar", Array(fileBytes(at: path, limit: 1 << 20)[..<1200]))
    #expect(throws: ImageError.self) { try dataset.image(at: 1) }
  }
}
