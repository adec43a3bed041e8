import Dispatch
import SfumatoImages
import Synchronization

/// What is in a data set: found by decoding every chosen image.
public struct DatasetReport: Sendable {
  /// A size in pixels and how many images have it.
  public struct Size: Sendable, Hashable {
    public var width: Int
    public var height: Int
    public var count: Int
  }

  /// A class and how many good images it has.
  public struct ClassCount: Sendable, Hashable {
    public var name: String
    public var count: Int
  }

  /// A field of the images' records.
  public struct Field: Sendable, Hashable {
    public var name: String
    /// How many images have it.
    public var count: Int
    /// How many different values there are.
    public var distinct: Int
    public var example: String
  }

  public var source: String
  /// Chosen images, bad ones included.
  public var count: Int
  /// All images, whatever the filter.
  public var total: Int
  /// Sizes of good images, most frequent first.
  public var sizes: [Size]
  /// Good images by number of channels: 1 grey, 3 RGB, 4 RGBA.
  public var channels: [Int: Int]
  /// The field that gives the classes, if there are classes.
  public var labelField: String?
  public var classes: [ClassCount]
  public var fields: [Field]
  /// Images that would be skipped, with reasons.
  public var bad: [BadImage]
  /// What was passed over when the data set was opened.
  public var notes: [String]

  /// Images that can be used.
  public var good: Int { count - bad.count }

  /// Decodes every image of `dataset`.
  ///
  /// - Parameters:
  ///   - threads: how many images are decoded at once.
  ///   - progress: called now and then with the number of images done, from any thread.
  public init(
    _ dataset: LabelledDataset, threads: Int = 2, progress: (@Sendable (_ done: Int) -> Void)? = nil
  ) {
    source = dataset.dataset.source
    count = dataset.count
    total = dataset.dataset.count
    labelField = dataset.labelField
    notes = dataset.dataset.notes
    fields = Self.fields(of: dataset)
    let findings = Self.decode(dataset, threads: threads, progress)
    bad = findings.bad.sorted { $0.index < $1.index }.map(\.image)
    channels = findings.channels
    sizes = findings.sizes.map { Size(width: $0.key[0], height: $0.key[1], count: $0.value) }
      .sorted { ($1.count, $0.width, $0.height) < ($0.count, $1.width, $1.height) }
    classes = zip(dataset.classes, 0...).map { name, label in
      ClassCount(name: name, count: findings.labels[label] ?? 0)
    }
  }

  /// What decoding some of the images found.
  private struct Findings: Sendable {
    var sizes: [SIMD2<Int>: Int] = [:]
    var channels: [Int: Int] = [:]
    var labels: [Int: Int] = [:]
    var bad: [(index: Int, image: BadImage)] = []
    var done = 0

    mutating func add(_ dataset: LabelledDataset, _ index: Int) {
      do {
        let image = try dataset.image(at: index)
        sizes[SIMD2(image.width, image.height), default: 0] += 1
        channels[image.channels, default: 0] += 1
        labels[Int(dataset.labels[index]), default: 0] += 1
      } catch {
        let key = dataset.record(at: index).key
        bad.append((index, BadImage(key: key, reason: error.explanation)))
      }
    }

    mutating func merge(_ other: Findings) {
      sizes.merge(other.sizes, uniquingKeysWith: +)
      channels.merge(other.channels, uniquingKeysWith: +)
      labels.merge(other.labels, uniquingKeysWith: +)
      bad += other.bad
    }
  }

  private static func decode(
    _ dataset: LabelledDataset, threads: Int, _ progress: (@Sendable (Int) -> Void)?
  ) -> Findings {
    let findings = Mutex(Findings())
    let chunk = 32, chunks = (dataset.count + chunk - 1) / chunk
    DispatchQueue.concurrentPerform(iterations: min(threads, chunks)) { thread in
      for start in stride(from: thread * chunk, to: dataset.count, by: min(threads, chunks) * chunk) {
        var part = Findings()
        let range = start..<min(start + chunk, dataset.count)
        for index in range { part.add(dataset, index) }
        let done = findings.withLock { whole in
          whole.merge(part)
          whole.done += range.count
          return whole.done
        }
        progress?(done)
      }
    }
    return findings.withLock { $0 }
  }

  private static func fields(of dataset: LabelledDataset) -> [Field] {
    var values: [String: [String: Int]] = [:]
    var examples: [String: String] = [:]
    for index in 0..<dataset.count {
      for (name, value) in dataset.record(at: index).fields {
        values[name, default: [:]][value, default: 0] += 1
        if examples[name] == nil { examples[name] = value }
      }
    }
    return values.map { name, counts in
      Field(
        name: name, count: counts.values.reduce(0, +), distinct: counts.count, example: examples[name] ?? "")
    }.sorted { $0.name < $1.name }
  }
}
