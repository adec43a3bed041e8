import SfumatoDatasets
import SfumatoImages
import Testing

@Suite struct EmojiTests {
  @Test func shipsWithNamesAndGroups() throws {
    let emoji = try openDataset(path: emojiPath, options: DatasetOptions(label: "group"))
    #expect(emoji.count == 1377 && emoji.classes.count == 9)
    let sample = try emoji.sample(at: 0)
    #expect(sample.key == "1f600" && sample.caption == "grinning face")
    #expect(emoji.classes[sample.label] == "Smileys & Emotion")
    #expect(sample.image.width == 32 && sample.image.height == 32 && sample.image.channels == 4)
  }

  @Test func facesCanBeChosen() throws {
    let faces = try openDataset(
      path: emojiPath, options: DatasetOptions(label: "subgroup", filter: ["subgroup": "*face*"]))
    #expect(faces.count == 124 && faces.classes.count == 14)
    // Every face has something in the middle and, the font's discs being round, nothing in the corner.
    for i in 0..<faces.count {
      let image = try faces.image(at: i)
      #expect(image[16, 16].last == 255 || image[16, 20].last == 255, "\(faces.caption(at: i))")
      #expect(image[0, 0].last == 0, "\(faces.caption(at: i))")
    }
  }

  @Test func everyImageDecodes() throws {
    let emoji = try openDataset(path: emojiPath)
    for i in 0..<emoji.count { _ = try emoji.image(at: i) }
  }
}
