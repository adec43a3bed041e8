import ArgumentParser
import Foundation
import Sfumato

/// `sfumato sample`
struct SampleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Generates images with a trained model.",
    discussion:
      "The same command on the same device gives the same bytes. Each PNG says how it was generated.")

  @Argument(help: "A run folder, whose newest checkpoint is taken, or a checkpoint folder.")
  var path: String

  @Option(help: ArgumentHelp("Seed of the first image; the others count on from it.", valueName: "n"))
  var seed: UInt64 = 0

  @Option(
    help: ArgumentHelp("Seeds of the images, such as 7 or 0-15 or 1,5,9-12.", valueName: "list"),
    transform: SeedList.init(parsing:))
  var seeds: SeedList?

  @Option(help: ArgumentHelp("How many images; the recipe's number when left out.", valueName: "n"))
  var count: Int?

  @Option(
    name: .customLong("class"),
    help: ArgumentHelp("Class to draw, by name or number; all in turn when left out.", valueName: "class"))
  var label: String?

  @Option(
    name: .customLong("condition"), parsing: .singleValue,
    help: ArgumentHelp(
      "What images are told, as `sfumato plugins condition` lists it. Repeatable.", valueName: "name=value"))
  var conditions: [String] = []

  @Option(help: ArgumentHelp("How much to exaggerate the conditions; 1 is as they are.", valueName: "scale"))
  var guidance: Double?

  @Option(help: ArgumentHelp("A sampler, as `sfumato plugins sampler` lists them.", valueName: "name"))
  var sampler: String?

  @Option(help: ArgumentHelp("Steps of the sampler.", valueName: "n"))
  var steps: Int?

  @Option(
    name: .customLong("option"), parsing: .singleValue,
    help: ArgumentHelp("An option of the sampler, such as s_churn=20. Repeatable.", valueName: "key=value"))
  var options: [String] = []

  @Option(
    help: ArgumentHelp(
      "Of a GAN: scales how far latent vectors lie from the mean; below 1, images are more alike and fewer fail.",
      valueName: "factor"
    ))
  var truncation: Double?

  @Option(
    help: ArgumentHelp(
      "A strip of images from seed a to seed b, n in all, such as 3:8:10.", valueName: "a:b:n"),
    transform: Interpolation.init(parsing:))
  var interpolate: Interpolation?

  @Option(
    help: ArgumentHelp(
      "An animation through the seeds and back to the first, with n images from each to the next.",
      valueName: "n"))
  var walk: Int?

  @Option(help: ArgumentHelp("PNG file, or with --single a folder.", valueName: "path"))
  var out: String?

  @Flag(name: .customLong("single"), help: "One file for each image instead of a grid.")
  var isSingle = false

  @Option(
    help: ArgumentHelp(
      "Also write the sampling trajectory: a strip, or an animation where the name ends in .apng.",
      valueName: "file"))
  var trajectory: String?

  @Option(help: ArgumentHelp("Images generated at once.", valueName: "n"))
  var batch = 64

  @OptionGroup var deviceOptions: DeviceOptions
  @OptionGroup var convolution: ConvolutionOptions
  @OptionGroup var common: CommonOptions

  func validate() throws {
    if let count, !(1...SeedList.limit).contains(count) {
      throw ValidationError("--count is \(count), but must be from 1 to \(SeedList.limit)")
    }
    if seeds != nil, count != nil { throw ValidationError("--seeds and --count exclude each other") }
    if batch < 1 { throw ValidationError("--batch is \(batch), but must be at least 1") }
    for (flag, value) in [("guidance", guidance), ("truncation", truncation)] {
      if let value, !(value.isFinite && value >= 0) {
        throw ValidationError("--\(flag) is \(value), but must be a number of at least 0")
      }
    }
    if interpolate != nil, seeds != nil || count != nil {
      throw ValidationError("--interpolate names its seeds; leave --seeds and --count out")
    }
    if let walk, !(1...10_000).contains(walk) {
      throw ValidationError("--walk is \(walk), but must be from 1 to 10000")
    }
    let shapes = [interpolate != nil, walk != nil, isSingle].filter { $0 }.count
    if shapes > 1 { throw ValidationError("--interpolate, --walk and --single exclude each other") }
  }

  func run() throws {
    let choice = try deviceOptions.choose(orElse: "auto").adjusted(
      threads: nil, convolution: convolution.way)
    let (generator, model) = try Generator.open(self.path, device: choice.open())
    let path = noisePath, request = try request(for: generator.components, along: path)
    let method = try generator.method(request)
    let display = ProgressDisplay(
      ProgressBar(title: "sample", total: method.steps * request.batchCount, unit: "step"),
      style: TerminalStyle(common.color))
    let frames = trajectory.map { _ in Trajectory() }
    var done = 0
    let images = try generator.images(request) { preview in
      done += 1
      if !common.json { display.update(done) }
      frames?.add(preview)
    }
    if !common.json { display.finish(method.steps * request.batchCount) }
    let record = SampleRecord(request, method, model, generator.components, path: path)
    var paths = try isSingle ? writeSingly(images, record) : [writeWhole(images, record, along: path)]
    if let frames, let trajectory {
      let isAnimated = trajectory.hasSuffix(".apng")
      let png = try frames.encoded(
        isAnimated: isAnimated, text: record.texts(request.seeds.indices))
      try PosixFileSystem().publish(png, to: trajectory)
      paths.append(trajectory)
    }
    for path in paths {
      if common.json { Terminal.jsonLine(record.json(path: path)) } else { print(path) }
    }
  }

  /// What the flags ask for, and the recipe for what they leave out.
  private func request(for components: Components, along path: NoisePath?) throws -> SamplingRequest {
    var recipe = components.recipe
    if let count = seeds?.seeds.count ?? count { recipe.sampling.count = count }
    if let label { recipe.sampling.label = label }
    for condition in conditions {
      let (name, words) = try Self.pair(condition, of: "condition", form: "name=value, such as class=cat")
      recipe.sampling.conditions[name] = words
    }
    if let guidance { recipe.sampling.guidance = guidance }
    if let truncation { recipe.sampling.truncation = truncation }
    if let sampler {
      // The recipe's options are those of its own sampler.
      if sampler != recipe.sampling.sampler { recipe.sampling.options = [:] }
      recipe.sampling.sampler = sampler
      recipe.sampling.steps = nil
    }
    if let steps { recipe.sampling.steps = steps }
    for option in options {
      let (key, value) = try Self.pair(option, of: "option", form: "key=value, such as s_churn=20")
      recipe.sampling.options[key] = OptionValue(parsing: value)
    }
    var request = try SamplingRequest(recipe: recipe, conditions: components.conditions)
    request.seeds = seeds?.seeds ?? request.seeds.indices.map { seed &+ UInt64($0) }
    request.batch = batch
    guard let path else { return request }
    request.points = path.points(request.seeds)
    // The same conditions all along.
    request.conditions = Array(
      repeating: request.conditions.first ?? ConditionValues(), count: request.points.count)
    return request
  }

  private static func pair(_ text: String, of flag: String, form: String) throws -> (String, String) {
    guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
      throw ValidationError("--\(flag) is '\(text)', but must be \(form)")
    }
    return (String(text[..<equals]), String(text[text.index(after: equals)...]))
  }

  private var noisePath: NoisePath? {
    interpolate.map { .line($0) } ?? walk.map { .loop(framesBetween: $0) }
  }

  private func writeWhole(_ images: [Image], _ record: SampleRecord, along path: NoisePath?) throws -> String
  {
    let file = out ?? path?.usualFile ?? "sample.png", text = record.texts(images.indices)
    let png = try path?.encoded(images, text: text) ?? Image.sampleGrid(images)?.encodedPNG(text: text)
    if let png { try PosixFileSystem().publish(png, to: file) }
    return file
  }

  private func writeSingly(_ images: [Image], _ record: SampleRecord) throws -> [String] {
    let folder = out ?? "samples"
    let files = PosixFileSystem()
    try files.createDirectories(folder)
    return try images.enumerated().map { index, image in
      let path = "\(folder)/seed-\(record.request.seeds[index]).png"
      try files.publish(try image.encodedPNG(text: record.texts(index..<index + 1)), to: path)
      return path
    }
  }
}

extension SamplingRequest {
  /// Sampling loops that it takes for all images.
  var batchCount: Int { (points.count + batch - 1) / batch }
}
