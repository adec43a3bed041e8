import Foundation
import Sfumato
import SfumatoCommandLine

// What `sfumato bench` does not do, as it is for those who work on Sfumato:
//
//   swift run -c release bench products
//   swift run -c release bench plugin LIBRARY RECIPE
//
// The first times matrix products of the CPU backend beside OpenBLAS, the second a training step through a backend in a
// shared library beside the linked one. For Tools/bench/cpu and gpu,
//
//   bench peer train|sample FOLDER BACKEND RECIPE COUNT [key=value …]
//
// writes what another implementation needs in order to take the same COUNT steps, or to make the same COUNT images, and
//
//   bench sfumato …
//
// is the command `sfumato` with the model and the objective of the benchmark inferena in it.

Models.registry.register(InferenaUNet.definition)
Objectives.registry.register(WaveRegression.definition)

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("sfumato", _): SfumatoCommand.main(arguments: Array(arguments.dropFirst()))
  case ("products", 1): try ProductBenchmark().run()
  case ("peer", 6...) where Int(arguments[5]) != nil && ["train", "sample"].contains(arguments[1]):
    let recipe = try Recipe(path: arguments[4], overrides: Array(arguments.dropFirst(6)))
    let data = try PeerData(folder: arguments[2], backend: arguments[3], recipe: recipe)
    let count = Int(arguments[5]) ?? 1
    if arguments[1] == "sample" {
      try data.writeSampling(count: count)
    } else {
      try data.writeTraining(steps: count)
    }
  case ("plugin", 3): try PluginBenchmark(library: arguments[1], recipe: arguments[2]).run()
  default:
    print("usage: bench products\n       bench plugin LIBRARY RECIPE\n       bench sfumato …")
    exit(2)
  }
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(1)
}
