import Foundation

// Times the CPU backend:
//
//   swift run -c release bench Samples/recipes/quickstart.yaml [threads] [steps] [tiles|winograd|fourier] [key=value …]
//   swift run -c release bench products
//
// The first times a recipe's training step, kernel family by kernel family, the second matrix products beside OpenBLAS.

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case nil:
  print(
    "usage: bench RECIPE [threads] [steps] [tiles|winograd|fourier] [key=value ...]\n       bench products")
  exit(2)
case "products": try ProductBenchmark().run()
case let recipe?: try StepBenchmark(recipe: recipe, options: Array(arguments.dropFirst())).run()
}
