import SfumatoDatasets
import SfumatoImages
import Testing

/// Truncations and flipped bits of a small file of each kind end in a data set or an error.
@Suite struct HostileFileTests {
  /// Opens the file, reads every image, and checks that what comes out is sound.
  private func use(_ path: String, kind: String) {
    guard let dataset = try? openDataset(path: path, options: DatasetOptions(kind: kind)) else { return }
    for i in 0..<min(dataset.count, 8) {
      guard let image = try? dataset.image(at: i) else { continue }
      #expect(image.pixels.count == image.width * image.height * image.channels)
    }
  }

  /// Cuts the file at up to 200 places and flips one bit of each byte in `flipped`, another one each time.
  private func attack(_ bytes: [UInt8], _ name: String, kind: String, flipped: Range<Int>) throws {
    let folder = try TemporaryFolder()
    for length in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 200)) {
      use(try folder.write(name, Array(bytes[..<length])), kind: kind)
    }
    for byte in flipped {
      var damaged = bytes
      damaged[byte] ^= 1 << UInt8((byte * 3) % 8)
      use(try folder.write(name, damaged), kind: kind)
    }
  }

  @Test func tar() throws {
    let folder = try TemporaryFolder()
    let tar = try TarWriter(path: folder.path + "/a.tar")
    try tar.append(name: "a.json", bytes: Array(#"{"text": "x", "n": 1.5}"#.utf8))
    try tar.append(name: "a.png", bytes: testImage(1).encodedPNG())
    try tar.append(name: String(repeating: "long/", count: 30) + "b.png", bytes: testImage(2).encodedPNG())
    try tar.finish()
    let bytes = try fileBytes(at: folder.path + "/a.tar", limit: 1 << 20)
    try attack(bytes, "a.tar", kind: "webdataset", flipped: 0..<1536)
  }

  @Test func hugeSizeInATarHeaderTakesNoMemory() throws {
    let folder = try TemporaryFolder()
    let path = folder.path + "/a.tar"
    let tar = try TarWriter(path: path)
    try tar.append(name: "a.json", bytes: Array("{}".utf8))
    try tar.append(name: "a.png", bytes: testImage(1).encodedPNG())
    try tar.finish()
    var bytes = try fileBytes(at: path, limit: 1 << 20)
    // The size field in its base-256 form, 2^62 + a little, with the checksum made right again.
    bytes.replaceSubrange(124..<136, with: [0x80, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 1])
    bytes.replaceSubrange(148..<156, with: Array("        ".utf8))
    let sum = bytes[..<512].reduce(0) { $0 + Int($1) }
    let digits = String(sum, radix: 8)
    bytes.replaceSubrange(
      148..<156, with: Array((String(repeating: "0", count: 6 - digits.count) + digits + "\0 ").utf8))
    try folder.write("a.tar", bytes)
    #expect(throws: DatasetError.self) { try openDataset(path: path) }
  }

  @Test func idx() throws {
    let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 2]
    try attack(header + [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], "images", kind: "idx", flipped: 0..<16)
  }

  @Test func cifar() throws {
    let records = (0..<2).flatMap { [UInt8($0)] + [UInt8](repeating: 5, count: 3072) }
    try attack(records, "data_batch_1.bin", kind: "cifar10", flipped: 0..<1)
  }

  @Test(arguments: [
    ("metadata.csv", "file_name,text\n\"a.png\",\"x \"\"y\"\", z\"\n"),
    (
      "metadata.jsonl", #"{"file_name": "a.png", "text": "x\u00e4", "n": [1, {"y": null}], "z": -1e3}"# + "\n"
    ),
  ])
  func metadata(name: String, content: String) throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("a.png", number: 1)
    let bytes = Array(content.utf8)
    for length in 0...bytes.count {
      try folder.write(name, Array(bytes[..<length]))
      use(folder.path, kind: "folder")
    }
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << UInt8(bit % 8)
      try folder.write(name, flipped)
      use(folder.path, kind: "folder")
    }
  }

  @Test func endlessLinesAreRefused() throws {
    let folder = try TemporaryFolder()
    try folder.writePNG("a.png", number: 1)
    let long = String(repeating: "x", count: 1 << 20)
    try folder.write("metadata.csv", "file_name,text\na.png," + long + "\n")
    let csv = #expect(throws: DatasetError.self) { try openDataset(path: folder.path) }
    #expect(csv?.description.contains("line 2 is longer") == true)
    try folder.write("metadata.csv", "file_name,text\n")
    try folder.write("metadata.jsonl", #"{"file_name": "a.png", "text": ""# + long + "\"}")
    #expect(throws: DatasetError.self) { try openDataset(path: folder.path) }
    let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
    try folder.write("metadata.jsonl", #"{"file_name": "a.png", "x": "# + deep + "}")
    #expect(throws: DatasetError.self) { try openDataset(path: folder.path) }
  }
}
