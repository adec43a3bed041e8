import ArgumentParser
import Foundation
import Sfumato
import Synchronization

/// `sfumato data`
struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "Says what is in a data set, and what training would skip and why.")

  @Argument(help: "A folder of images, a WebDataset tar, CIFAR-10 or IDX files.")
  var path: String

  @Option(help: ArgumentHelp("The kind of data set, as `sfumato plugins` lists them.", valueName: "name"))
  var kind: String?

  @Option(help: ArgumentHelp("The field that is the class.", valueName: "field"))
  var label: String?

  @Option(
    parsing: .singleValue,
    help: ArgumentHelp(
      "Only images whose field matches, such as subgroup=face-*.", valueName: "field=pattern"))
  var filter: [String] = []

  @Option(help: ArgumentHelp("Write a PNG of some of the images.", valueName: "file"))
  var contactSheet: String?

  @OptionGroup var common: CommonOptions

  func run() throws {
    var filters: [String: String] = [:]
    for text in filter {
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ValidationError("--filter is '\(text)', but must be field=pattern, such as subgroup=face-*")
      }
      filters[String(text[..<equals])] = String(text[text.index(after: equals)...])
    }
    let dataset = try openDataset(
      path: path, options: DatasetOptions(kind: kind, label: label, filter: filters))
    let report = report(on: dataset)
    if let contactSheet {
      guard let sheet = dataset.contactSheet() else {
        throw DatasetError(.file("no image can be decoded for a contact sheet"), source: path)
      }
      try PosixFileSystem().publish(try sheet.encodedPNG(), to: contactSheet)
    }
    if common.json {
      if let object = report.json.object { Terminal.jsonLine(object) }
    } else {
      print(report.description)
      if let contactSheet { print("contact sheet: \(contactSheet)") }
    }
  }

  /// The report, with a progress bar while images are decoded.
  private func report(on dataset: LabelledDataset) -> DatasetReport {
    let threads = ProcessInfo.processInfo.activeProcessorCount
    guard !common.json, Terminal.canRedraw else { return DatasetReport(dataset, threads: threads) }
    let bar = ProgressBar(title: "decode", total: dataset.count, unit: "image")
    let display = Mutex(ProgressDisplay(bar, style: TerminalStyle(common.color)))
    let report = DatasetReport(dataset, threads: threads) { done in display.withLock { $0.update(done) } }
    display.withLock { $0.finish(dataset.count) }
    return report
  }
}
