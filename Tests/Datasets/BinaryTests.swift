import SfumatoDatasets
import SfumatoImages
import Testing

@Suite struct CIFAR10Tests {
  /// Records whose red, green and blue planes count from the label on.
  private func records(_ labels: [UInt8]) -> [UInt8] {
    labels.flatMap { label in
      [label] + (0..<3072).map { UInt8(truncatingIfNeeded: $0 + Int(label)) }
    }
  }

  @Test func readsBatchesWithNames() throws {
    let folder = try TemporaryFolder()
    let names = ["zebra", "ape", "b", "c", "d", "e", "f", "g", "h", "i"]
    try folder.write("batches.meta.txt", names.joined(separator: "\n") + "\n\n")
    try folder.write("data_batch_2.bin", records([9]))
    try folder.write("data_batch_1.bin", records([0, 1]))
    try folder.write("test_batch.bin", records([5]))
    let dataset = try openDataset(path: folder.path)
    #expect(dataset.dataset is CIFAR10 && dataset.count == 3)
    // The file's order of classes, not the alphabet's.
    #expect(dataset.classes == ["zebra", "ape", "i"] && dataset.labels == [0, 1, 2])
    let image = try dataset.image(at: 1)
    #expect(image.width == 32 && image.height == 32 && image.channels == 3)
    // Pixel (5, 2) is value 69 of each plane of 1024, plus the label 1; 1024 is 0 modulo 256.
    #expect(Array(image[5, 2]) == [70, 70, 70])
    let test = try openDataset(path: folder.path + "/test_batch.bin")
    #expect(test.count == 1 && test.classes == ["e"])
  }

  @Test func refusesOddSizesAndLabels() throws {
    let folder = try TemporaryFolder()
    let cut = try folder.write("data_batch_1.bin", records([1]).dropLast())
    let error = #expect(throws: DatasetError.self) {
      try openDataset(path: cut, options: DatasetOptions(kind: "cifar10"))
    }
    #expect(error?.description.contains("no multiple of 3073") == true)
    let wrong = try folder.write("data_batch_1.bin", records([10]))
    let label = #expect(throws: DatasetError.self) { try openDataset(path: wrong) }
    #expect(label?.description.contains("label 10") == true)
    let empty = try folder.write("data_batch_1.bin", [UInt8]())
    #expect(throws: DatasetError.self) {
      try openDataset(path: empty, options: DatasetOptions(kind: "cifar10"))
    }
  }
}

@Suite struct IDXTests {
  private func array(_ dimensions: [UInt32], _ values: [UInt8], type: UInt8 = 8) -> [UInt8] {
    let sizes = dimensions.flatMap { d in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: d >> UInt32($0)) } }
    return [0, 0, type, UInt8(dimensions.count)] + sizes + values
  }

  @Test func readsImagesAndLabels() throws {
    let folder = try TemporaryFolder()
    try folder.write("train-images-idx3-ubyte", array([3, 2, 4], (0..<24).map { $0 }))
    try folder.write("train-labels-idx1-ubyte", array([3], [10, 2, 10]))
    try folder.write("t10k-images-idx3-ubyte", array([1, 1, 1], [0]))
    for path in [folder.path, folder.path + "/train-images-idx3-ubyte"] {
      let dataset = try openDataset(path: path)
      #expect(dataset.dataset is IDXImages)
      #expect(dataset.classes == ["2", "10"] && dataset.labels == [1, 0, 1])
      let image = try dataset.image(at: 1)
      #expect(image == Image(width: 4, height: 2, channels: 1, pixels: [8, 9, 10, 11, 12, 13, 14, 15]))
    }
  }

  @Test func readsColorWithoutLabels() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("images", array([2, 1, 1, 3], [1, 2, 3, 4, 5, 6]))
    let dataset = try openDataset(path: path)
    #expect(dataset.classes.isEmpty && dataset.count == 2)
    #expect(try dataset.image(at: 1).pixels == [4, 5, 6])
  }

  @Test func refusesWhatDoesNotFit() throws {
    let folder = try TemporaryFolder()
    let wrong: [(bytes: [UInt8], message: String)] = [
      (array([2, 2, 2], [1]), "1 values, where dimensions [2, 2, 2] ask for 8"),
      (array([1, 1, 2], [1, 2, 3]), "3 values, where dimensions [1, 1, 2] ask for 2"),
      (array([.max, .max, .max, 3], []), "overflow"),
      (array([1, 1 << 30, 1], []), "values, where dimensions"),
      (array([1, 1, 1], [1], type: 0x0D), "type 13"),
      (array([4], [1, 2, 3, 4]), "dimensions [4]"),
      (array([0, 2, 2], []), "dimensions [0, 2, 2]"),
      (array([1, 1, 1, 2], [1, 2]), "dimensions [1, 1, 1, 2]"),
      ([0, 0, 8, 9], "9 dimensions"), ([0, 0, 8], "two zero bytes"), ([0x1F, 0x8B, 8, 0], "compressed"),
    ]
    for (bytes, message) in wrong {
      let path = try folder.write("x-images-idx3-ubyte", bytes)
      let error = #expect(throws: DatasetError.self) {
        try openDataset(path: path, options: DatasetOptions(kind: "idx"))
      }
      #expect(error?.description.contains(message) == true, "\(String(describing: error)) for \(message)")
    }
    let path = try folder.write("x-images-idx3-ubyte", array([2, 1, 1], [1, 2]))
    try folder.write("x-labels-idx1-ubyte", array([1], [1]))
    let error = #expect(throws: DatasetError.self) { try openDataset(path: path) }
    #expect(error?.description.contains("[1] labels for 2 images") == true)
  }
}
