import Foundation

// Times the CPU backend:
//
//   swift run -c release bench Samples/recipes/quickstart.yaml [threads] [steps] [tiles|winograd|fourier] [key=value …]
//   swift run -c release bench products
//   swift run -c release bench plugin LIBRARY RECIPE
//
// The first times a recipe's training step, kernel family by kernel family, the second matrix products beside OpenBLAS, the
// third a training step through a backend in a shared library beside the linked one.
// `bench describe RECIPE [key=value …]` and `bench step BACKEND RECIPE STEPS [key=value …]` are for Tools/bench/cpu and gpu:
// they print JSON.

let arguments = Array(CommandLine.arguments.dropFirst())
do {
  switch (arguments.first, arguments.count) {
  case ("products", 1): try ProductBenchmark().run()
  case ("describe", 2...):
    try StepBenchmark(recipe: arguments[1], options: Array(arguments.dropFirst(2))).describeModel()
  case ("step", 3...):
    try StepBenchmark(recipe: arguments[2], options: ["0"] + arguments.dropFirst(3)).runRound(
      on: arguments[1])
  case ("plugin", 3):
    try PluginBenchmark(library: arguments[1], step: StepBenchmark(recipe: arguments[2], options: [])).run()
  case (let recipe?, _): try StepBenchmark(recipe: recipe, options: Array(arguments.dropFirst())).run()
  case (nil, _):
    print(
      "usage: bench RECIPE [threads] [steps] [tiles|winograd|fourier] [key=value ...]\n       bench products\n"
        + "       bench plugin LIBRARY RECIPE")
    exit(2)
  }
} catch {
  FileHandle.standardError.write(Data("error: \(error)\n".utf8))
  exit(1)
}
