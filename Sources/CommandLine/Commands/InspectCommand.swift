import ArgumentParser
import Foundation
import Sfumato

/// `sfumato inspect`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Says what is in a run, a checkpoint, a safetensors file or a diffusers folder.")

  @Argument(help: "A run folder, a checkpoint folder, a .safetensors file or a diffusers folder.")
  var path: String

  @Flag(help: "List every tensor.")
  var tensors = false

  @OptionGroup var common: CommonOptions

  func run() throws {
    let subject = try InspectedModel(path: path)
    if common.json {
      Terminal.jsonLine(subject.json)
    } else {
      print(subject.text(listingTensors: tensors))
    }
  }
}
