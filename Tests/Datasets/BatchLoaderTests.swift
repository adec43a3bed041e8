import SfumatoImages
import Testing

@testable import SfumatoDatasets

/// Images in memory; those whose numbers are in `bad` cannot be decoded.
struct NumberedImages: Dataset {
  var count: Int
  var bad: Set<Int> = []
  var byteCount = Int.max
  var width = 8
  var height = 8
  let source = "memory"

  func record(at index: Int) -> Record {
    Record(key: "p\(index)", fields: ["class": String(index % 3), "text": "number \(index)"])
  }

  func image(at index: Int) throws(ImageError) -> Image {
    if bad.contains(index) { throw ImageError(.file("made to be bad")) }
    return testImage(index, width: width, height: height)
  }
}

@Suite struct BatchLoaderTests {
  private func loader(
    _ dataset: some Dataset, batchSize: Int = 4, seed: UInt64 = 7, channels: Int = 3, resolution: Int = 8,
    framing: Framing = Framing(), cacheBytes: Int = 1 << 20, threads: Int = 1, depth: Int = 2,
    toleratedBad: Double = 0.01
  ) throws -> BatchLoader {
    try BatchLoader(
      LabelledDataset(dataset), preparation: Preparation(resolution: resolution, channels: channels),
      batchSize: batchSize, seed: seed, framing: framing,
      columns: [ColumnSource("labels") { .integers([$1.labels[$0]]) }], cacheBytes: cacheBytes,
      threads: threads, depth: depth, toleratedBad: toleratedBad)
  }

  @Test func everyEpochVisitsEveryImageOnce() throws {
    let loader = try loader(NumberedImages(count: 10))
    let visits = try (0..<10).flatMap { try loader.batch(step: $0).indices }
    var orders: Set<[Int]> = []
    for epoch in 0..<4 {
      let order = Array(visits[epoch * 10..<(epoch + 1) * 10])
      #expect(order.sorted() == Array(0..<10))
      orders.insert(order)
    }
    #expect(orders.count == 4)
    let other = try self.loader(NumberedImages(count: 10), seed: 8)
    #expect(try (0..<10).flatMap { try other.batch(step: $0).indices } != visits)
  }

  @Test func batchHoldsImagesAndColumns() throws {
    let batch = try loader(NumberedImages(count: 10)).batch(step: 3)
    #expect(batch.images.count == 4 * 8 * 8 * 3)
    let images = Image.images(fromNormalized: batch.images, width: 8, height: 8, channels: 3)
    for (i, index) in batch.indices.enumerated() {
      #expect(images[i] == testImage(index))
      #expect(batch.columns["labels"]?.integers[i] == Int32(index % 3))
    }
  }

  /// 11 images of classes 0, 1, 2, 0, …: 4, 4 and 3.
  @Test func commonestClassIsChosenAndLoaded() throws {
    #expect(try LabelledDataset(NumberedImages(count: 11)).commonestClass(count: 64) == [0, 3, 6, 9])
    let some = try LabelledDataset(NumberedImages(count: 9), filter: ["text": "*1|*2|*4|*6|*7"])
    #expect(some.indices == [1, 2, 4, 6, 7] && some.labels == [1, 2, 1, 0, 1])
    #expect(some.commonestClass(count: 2) == [0, 2])
    let loader = try loader(NumberedImages(count: 11), batchSize: 4)
    let batch = try loader.batch(of: [7, 2])
    #expect(batch.indices == [7, 2] && batch.columns["labels"] == .integers([1, 2]))
    #expect(
      Image.images(fromNormalized: batch.images, width: 8, height: 8, channels: 3) == [
        testImage(7), testImage(2),
      ])
    // Nothing else changes by it.
    #expect(
      try loader.batch(step: 1) == self.loader(NumberedImages(count: 11), batchSize: 4).batch(step: 1))
  }

  @Test func visitsDoNotDependOnTheBatchSize() throws {
    let framing = Framing(crop: .random, flip: true)
    let wide = NumberedImages(count: 10, width: 13)
    let small = try loader(wide, batchSize: 2, framing: framing)
    let large = try loader(wide, batchSize: 6, framing: framing)
    let together = try (0..<3).map { try small.batch(step: $0) }
    let once = try large.batch(step: 0)
    #expect(together.flatMap(\.images) == once.images && together.flatMap(\.indices) == once.indices)
  }

  @Test func sameBitsFromAnyThreadInAnyOrder() async throws {
    let dataset = NumberedImages(count: 50, bad: [17], width: 12, height: 9)
    let framing = Framing(crop: .random, flip: true)
    let plain = try loader(dataset, framing: framing, cacheBytes: 0, depth: 0, toleratedBad: 0.1)
    let expected = try (0..<40).map { try plain.batch(step: $0) }
    for (threads, cacheBytes) in [(1, 1 << 20), (3, 1 << 20), (3, 2000), (2, 0)] {
      let loader = try loader(
        dataset, framing: framing, cacheBytes: cacheBytes,
        threads: threads, depth: 4,
        toleratedBad: 0.1)
      for step in 0..<40 { #expect(try loader.batch(step: step) == expected[step]) }
      for step in [39, 3, 17, 17, 0] { #expect(try loader.batch(step: step) == expected[step]) }
      try await withThrowingTaskGroup(of: Bool.self) { group in
        for step in 0..<40 { group.addTask { try loader.batch(step: step) == expected[step] } }
        for try await same in group { #expect(same) }
      }
    }
  }

  @Test func mirrorsAndCropsByChance() throws {
    let gradient = GradientImages()
    let loader = try loader(
      gradient, batchSize: 64, resolution: 4, framing: Framing(crop: .random, flip: true))
    let batch = try loader.batch(step: 0)
    let views = Image.images(fromNormalized: batch.images, width: 4, height: 4, channels: 3)
    let mirrored = views.filter { $0.pixels[0] > $0.pixels[9] }.count
    #expect((16...48).contains(mirrored))
    let corners = Set(views.map { min($0.pixels[0], $0.pixels[9]) })
    #expect(corners.count == 5)
    let still = try self.loader(gradient, batchSize: 8, resolution: 4).batch(step: 0)
    #expect(Set(Image.images(fromNormalized: still.images, width: 4, height: 4, channels: 3)).count == 1)
  }

  /// One image, 8 wide and 4 high, that brightens to the right.
  private struct GradientImages: Dataset {
    let source = "memory", count = 1, byteCount = 1
    func record(at index: Int) -> Record { Record(key: "gradient") }
    func image(at index: Int) throws(ImageError) -> Image {
      let row = (0..<8).flatMap { [UInt8](repeating: UInt8(30 * $0), count: 3) }
      return Image(width: 8, height: 4, channels: 3, pixels: row + row + row + row)
    }
  }

  @Test func badImagesAreReplacedAndListed() throws {
    let loader = try loader(NumberedImages(count: 200, bad: [3, 199]), batchSize: 200)
    let batch = try loader.batch(step: 0)
    #expect(loader.bad.map(\.key) == ["p3", "p199"])
    #expect(loader.bad.allSatisfy { $0.reason == "made to be bad" })
    #expect(!batch.indices.contains(3) && !batch.indices.contains(199))
    #expect(batch.indices.filter { $0 == 4 }.count == 2 && batch.indices.filter { $0 == 0 }.count == 2)
  }

  @Test func tooManyBadImagesStop() throws {
    let late = try loader(NumberedImages(count: 100, bad: [3, 5]), batchSize: 100)
    let error = #expect(throws: DatasetError.self) { try late.batch(step: 0) }
    #expect(error?.exitCode == .badData)
    #expect(error?.description.contains("2 of 100 images are bad") == true)
    #expect(error?.description.contains("made to be bad") == true)
    // A small data set is decoded at once, so the loader cannot be made.
    #expect(throws: DatasetError.self) {
      try loader(NumberedImages(count: 100, bad: [3, 5], byteCount: 1000))
    }
    #expect(throws: DatasetError.self) {
      try loader(NumberedImages(count: 3, bad: [0, 1, 2], byteCount: 1000))
    }
  }

  @Test func preparesToResolutionChannelsAndBackground() throws {
    let emoji = try openDataset(path: emojiPath, options: DatasetOptions(filter: ["subgroup": "*face*"]))
    for (resolution, channels, background) in [(32, 3, Color.white), (16, 1, .black), (48, 3, .gray)] {
      let loader = try BatchLoader(
        emoji,
        preparation: Preparation(resolution: resolution, channels: channels, background: background),
        batchSize: 3, seed: 1)
      let batch = try loader.batch(step: 0)
      #expect(batch.images.count == 3 * resolution * resolution * channels)
      let corner = Float(background.red) / 127.5 - 1
      #expect(abs(batch.images[0] - corner) < 0.01)
    }
  }

  @Test func thinImagesStaySmall() throws {
    // Scaled to a shorter side of 64 without care, this would be 64 x 1,280,000 pixels.
    let thin = testImage(5, width: 1, height: 20_000)
    let preparation = Preparation(resolution: 64)
    let tall = preparation.prepare(thin, crop: .random)
    #expect(tall.width == 64 && tall.height == 256)
    let square = preparation.prepare(thin, crop: .center)
    #expect(square.width == 64 && square.height == 64)
  }

  @Test func refusesSenselessOptions() {
    #expect(throws: DatasetError.self) { try loader(NumberedImages(count: 3), batchSize: 0) }
    #expect(throws: DatasetError.self) { try loader(NumberedImages(count: 3), channels: 4) }
    #expect(throws: DatasetError.self) { try loader(NumberedImages(count: 0)) }
  }
}
