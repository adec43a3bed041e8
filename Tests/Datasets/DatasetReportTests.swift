import SfumatoImages
import SfumatoJSON
import Testing

@testable import SfumatoDatasets

@Suite struct DatasetReportTests {
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for i in 0..<5 { try folder.writePNG("cats/\(i).png", number: i) }
    try folder.writePNG("dogs/tall.png", number: 9, width: 4, height: 12)
    try folder.write("dogs/grey.png", testImage(1).converted(channels: 1).encodedPNG())
    try folder.write("dogs/fake.png", "just text")
    try folder.write("dogs/cut.png", Array(testImage(2).encodedPNG().dropLast(20)))
    try folder.write("dogs/notes.webp", "x")
    return folder
  }

  @Test func countsWhatIsThere() throws {
    let folder = try folder()
    let report = try DatasetReport(openDataset(path: folder.path))
    #expect(report.count == 9 && report.good == 7 && report.total == 9)
    #expect(report.sizes == [.init(width: 8, height: 8, count: 6), .init(width: 4, height: 12, count: 1)])
    #expect(report.channels == [1: 1, 3: 6])
    #expect(report.classes == [.init(name: "cats", count: 5), .init(name: "dogs", count: 2)])
    #expect(report.bad.map(\.key) == ["dogs/cut.png", "dogs/fake.png"])
    #expect(report.bad[0].reason.contains("damaged PNG") && report.bad[1].reason.contains("just text"))
    #expect(report.notes == ["1 file ending in .webp passed over"])
    #expect(report.fields == [.init(name: "class", count: 9, distinct: 2, example: "cats")])
  }

  @Test func speaksToPeopleAndPrograms() throws {
    let folder = try folder()
    let report = try DatasetReport(openDataset(path: folder.path), threads: 3)
    let lines = report.description.split(separator: "\n").map(String.init)
    #expect(lines[0] == "\(folder.path): 9 images")
    #expect(lines.contains("sizes: 8x8 (6), 4x12 (1)") && lines.contains("kinds: grey (1), RGB (6)"))
    #expect(
      lines.contains("  cats: 5") && lines.contains { $0.hasPrefix("  dogs/fake.png: not a PNG or JPEG") })
    let json = try JSONValue(parsing: report.json.line)
    #expect(json["good"]?.integer == 7 && json["classes"]?["dogs"]?.integer == 2)
    #expect(json["bad"]?.array?.count == 2)
  }

  @Test func contactSheetSpreadsOverTheData() throws {
    let folder = try folder()
    let dataset = try openDataset(path: folder.path)
    let sheet = try #require(dataset.contactSheet(count: 9, columns: 4, cell: 16, background: .black))
    // Seven of nine are good: five cats, then the grey one enlarged to fill its cell and the tall one, which
    // fits its cell as it is, in the middle.
    try #require(sheet.width == 70 && sheet.height == 34)
    #expect(Array(sheet[0, 0]) == [0, 0, 7] && Array(sheet[69, 15]) == [3, 0, 7])
    #expect(Array(sheet[15, 33]) == [4, 0, 7] && sheet[18, 18].allSatisfy { $0 == sheet[18, 18].first })
    #expect(Array(sheet[41, 26]) == [0, 0, 0] && Array(sheet[42, 26]) == [9, 0, 7])
    let few = try #require(dataset.contactSheet(count: 2, columns: 2, cell: 8))
    #expect(few.width == 18 && Array(few[17, 7]) == [4, 0, 7])
    try folder.write("only/bad.png", "x")
    #expect(try openDataset(path: folder.path + "/only").contactSheet() == nil)
  }
}
