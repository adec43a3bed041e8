import Foundation
import Sfumato

// What `sfumato bench` does not do, as it is for those who work on Sfumato:
//
//   swift run -c release bench products
//   swift run -c release bench plugin LIBRARY RECIPE
//
// The first times matrix products of the CPU backend beside OpenBLAS, the second a training step through a backend in a
// shared library beside the linked one. `bench describe RECIPE [key=value …]` is for Tools/bench/cpu and gpu: it prints what
// another implementation needs to know to run the same step, as JSON.

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("products", 1): try ProductBenchmark().run()
  case ("describe", 2...):
    let recipe = try Recipe(path: arguments[1], overrides: Array(arguments.dropFirst(2)))
    let description: JSONValue = [
      "batch": .integer(recipe.training.batch), "resolution": .integer(recipe.data.resolution),
      "channels": .integer(recipe.data.channels),
      "model": try Components(recipe: recipe, classes: []).model.configuration,
    ]
    print(description.line)
  case ("plugin", 3): try PluginBenchmark(library: arguments[1], recipe: arguments[2]).run()
  default:
    print("usage: bench products\n       bench plugin LIBRARY RECIPE")
    exit(2)
  }
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(1)
}
