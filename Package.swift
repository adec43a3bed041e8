// swift-tools-version: 6.1
import PackageDescription

/// A module of the toolkit: `Sources/<folder>`, imported as `Sfumato<folder>`.
func module(_ folder: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(
    name: "Sfumato" + folder, dependencies: dependencies, path: "Sources/" + folder, exclude: ["README.md"])
}

/// The tests of a module: `Tests/<folder>`.
func tests(
  _ folder: String, _ dependencies: [Target.Dependency], exclude: [String] = [], resources: [Resource]? = nil
) -> Target {
  .testTarget(
    name: folder + "Tests", dependencies: dependencies, path: "Tests/" + folder, exclude: exclude,
    resources: resources)
}

let package = Package(
  name: "sfumato",
  products: [
    .executable(name: "sfumato", targets: ["SfumatoCLI"]),
    .library(name: "Sfumato", targets: ["Sfumato"]),
    // The whole command line, for applications that add to it.
    .library(name: "SfumatoCommandLine", targets: ["SfumatoCommandLine"]),
    // The CPU backend as a shared library, for --backend-path.
    .library(name: "sfumato-fftw", type: .dynamic, targets: ["SfumatoFFTWPlugin"]),
    // For programs that need pictures and data sets without the rest.
    .library(name: "SfumatoImages", targets: ["SfumatoImages"]),
    .library(name: "SfumatoDatasets", targets: ["SfumatoDatasets"]),
  ],
  traits: [
    .trait(name: "FFTW", description: "The CPU backend, with FFTW (GPL)."),
    .trait(name: "Vulkan", description: "The Vulkan backend."),
    .default(enabledTraits: ["FFTW", "Vulkan"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // System libraries and C.
    .systemLibrary(
      // No pkgConfig: it would link the loader, which is opened at run time.
      name: "CVulkan", path: "Sources/CVulkan", providers: [.apt(["libvulkan-dev"])]),
    .systemLibrary(
      name: "CFFTW", path: "Sources/CFFTW", pkgConfig: "fftw3f", providers: [.apt(["libfftw3-dev"])]),
    .systemLibrary(
      name: "CArchive", path: "Sources/CArchive", pkgConfig: "libarchive",
      providers: [.apt(["libarchive-dev"])]),
    .systemLibrary(
      name: "CPNG", path: "Sources/CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    .systemLibrary(
      name: "CJPEG", path: "Sources/CJPEG", pkgConfig: "libjpeg", providers: [.apt(["libjpeg62-turbo-dev"])]),
    .target(name: "CImageCodecs", dependencies: ["CPNG", "CJPEG"], path: "Sources/CImageCodecs"),
    .target(name: "CVectorKernels", path: "Sources/CVectorKernels", exclude: ["README.md"]),
    .target(name: "CShaders", path: "Sources/CShaders"),
    .target(name: "CSfumatoBackend", path: "Sources/CSfumatoBackend", exclude: ["README.md"]),
    .target(name: "CPluginProbe", dependencies: ["CSfumatoBackend"], path: "Sources/CPluginProbe"),

    // The core: a step is a program.
    module("Diagnostics"),
    module("Random"),
    module("Registry", ["SfumatoDiagnostics"]),
    module("Graph", ["SfumatoDiagnostics", .product(name: "RealModule", package: "swift-numerics")]),
    module("Autodiff", ["SfumatoGraph"]),
    module("Compiler", ["SfumatoGraph"]),
    module("Backend", ["SfumatoCompiler", "SfumatoJSON"]),
    module("Oracle", ["SfumatoBackend", "SfumatoRandom"]),
    module(
      "FFTWBackend",
      [
        "SfumatoBackend", "SfumatoRandom", "CVectorKernels",
        .target(name: "CFFTW", condition: .when(traits: ["FFTW"])),
      ]),
    module("VulkanBackend", ["SfumatoBackend", "SfumatoRandom", "CVulkan", "CShaders"]),
    module("Interface", ["SfumatoBackend", "CSfumatoBackend"]),
    module("Plugin", ["SfumatoInterface", "CPluginProbe"]),
    module("PluginExport", ["SfumatoInterface"]),
    module("FFTWPlugin", ["SfumatoPluginExport", "SfumatoFFTWBackend"]),
    module("Conformance", ["SfumatoBackend", "SfumatoAutodiff", "SfumatoOracle", "SfumatoJSON"]),

    // What builds graph.
    module("NN", ["SfumatoAutodiff", "SfumatoRandom"]),
    module("Models", ["SfumatoNN", "SfumatoRegistry", "SfumatoJSON"]),
    module("Objectives", ["SfumatoNN", "SfumatoSamplers", "SfumatoRegistry"]),
    module("Optimizers", ["SfumatoNN", "SfumatoRegistry"]),
    module("Conditions", ["SfumatoNN", "SfumatoDatasets", "SfumatoRegistry"]),
    module("Samplers", ["SfumatoRandom", "SfumatoRegistry"]),

    // The outside world's files.
    module("Images", ["CImageCodecs", "SfumatoDiagnostics"]),
    module(
      "Datasets", ["SfumatoImages", "SfumatoRandom", "SfumatoRegistry", "SfumatoJSON", "CArchive"]),
    module("JSON"),
    module("Checkpoint", ["SfumatoDiagnostics", "SfumatoJSON"]),
    module("Configuration", ["SfumatoRegistry", "SfumatoJSON", "Yams"]),

    // Loops that tie programs, state, data and files.
    module(
      "Training",
      [
        "SfumatoBackend", "SfumatoModels", "SfumatoObjectives", "SfumatoOptimizers", "SfumatoSamplers",
        "SfumatoConditions", "SfumatoDatasets", "SfumatoCheckpoint", "SfumatoConfiguration",
      ]),
    module("ConformanceModels", ["SfumatoConformance", "SfumatoTraining"]),
    module("Benchmark", ["SfumatoConformanceModels", "SfumatoTraining"]),
    module(
      "CommandLine",
      [
        "Sfumato", "SfumatoConformanceModels", "SfumatoBenchmark",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .target(
      name: "Sfumato",
      dependencies: [
        "SfumatoTraining", "SfumatoOracle", "SfumatoPlugin",
        .target(name: "SfumatoFFTWBackend", condition: .when(traits: ["FFTW"])),
        .target(name: "SfumatoVulkanBackend", condition: .when(traits: ["Vulkan"])),
      ], path: "Sources/Sfumato", exclude: ["README.md"]),
    .executableTarget(
      name: "SfumatoCLI", dependencies: ["SfumatoCommandLine"], path: "Sources/CLI", exclude: ["README.md"]),

    .executableTarget(
      name: "bench",
      dependencies: [
        "Sfumato", "SfumatoBenchmark", "SfumatoCommandLine", "SfumatoPlugin",
        .target(name: "SfumatoFFTWBackend", condition: .when(traits: ["FFTW"])),
      ], path: "Tools/bench/Timing"),
    .executableTarget(
      name: "mode-coverage",
      dependencies: [
        "Sfumato", "ModeCoverage", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], path: "Tools/ModeCoverage"),

    // Tests, a folder a module.
    .target(name: "GoldenSupport", path: "Tests/Support/Golden"),
    .target(
      name: "GoldenSuite",
      dependencies: [
        "GoldenSupport", "SfumatoBackend", "SfumatoConditions", "SfumatoModels", "SfumatoObjectives",
        "SfumatoOptimizers",
      ], path: "Tests/Support/GoldenSuite"),
    .target(
      name: "TrainingSupport", dependencies: ["SfumatoConformanceModels", "SfumatoTraining"],
      path: "Tests/Support/Training"),
    .target(name: "ModeCoverage", dependencies: ["SfumatoTraining"], path: "Tests/Support/ModeCoverage"),
    tests("Golden", ["GoldenSuite", "SfumatoOracle", "SfumatoFFTWBackend", "SfumatoVulkanBackend"]),
    tests("Diagnostics", ["SfumatoDiagnostics"]),
    tests("Random", ["SfumatoRandom"]),
    tests("Graph", ["SfumatoGraph"]),
    tests("Autodiff", ["SfumatoConformance"], resources: [.copy("Golden")]),
    tests("Compiler", ["SfumatoConformance"]),
    tests("Conformance", ["SfumatoConformanceModels", "SfumatoFFTWBackend"]),
    tests("Benchmark", ["SfumatoBenchmark", "SfumatoFFTWBackend", "SfumatoOracle"]),
    tests("Registry", ["SfumatoRegistry"]),
    tests(
      "Plugin",
      [
        "SfumatoPlugin", "SfumatoInterface", "SfumatoConformance", "SfumatoFFTWBackend", "CSfumatoBackend",
      ], exclude: ["Hostile"]),
    tests("Images", ["SfumatoImages"], resources: [.copy("Fixtures")]),
    tests("Datasets", ["SfumatoDatasets"]),
    tests("Samplers", ["SfumatoSamplers", "GoldenSupport"], resources: [.copy("Golden")]),
    tests("NN", ["SfumatoNN", "SfumatoOracle"], resources: [.copy("Golden")]),
    tests(
      "Objectives", ["SfumatoConditions", "SfumatoObjectives", "SfumatoOracle"], resources: [.copy("Golden")]),
    tests("Optimizers", ["SfumatoOptimizers", "SfumatoOracle"], resources: [.copy("Golden")]),
    tests(
      "Models", ["SfumatoConditions", "SfumatoModels", "SfumatoFFTWBackend", "GoldenSupport"],
      resources: [.copy("Golden")]),
    tests("JSON", ["SfumatoJSON"]),
    tests("Checkpoint", ["SfumatoCheckpoint"]),
    tests("Configuration", ["SfumatoConfiguration"]),
    tests(
      "CommandLine",
      ["SfumatoCommandLine", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      resources: [.copy("Snapshots")]),
    tests(
      "VulkanBackend",
      ["SfumatoVulkanBackend", "SfumatoConformanceModels", "SfumatoNN", "CVulkan", "TrainingSupport"]),
    tests(
      "Training",
      [
        "Sfumato", "SfumatoOracle", "TrainingSupport", "ModeCoverage",
        .target(name: "SfumatoFFTWBackend", condition: .when(traits: ["FFTW"])),
      ]),
    tests(
      "FFTWBackend",
      ["SfumatoFFTWBackend", "SfumatoConformanceModels", "SfumatoNN", "SfumatoOracle", "CVectorKernels"]),
  ],
  swiftLanguageModes: [.v6]
)

// A module's code has built into it how the types are laid out that its dependencies are made of, down to the last one. The compiler leaves a
// module's file as it was where only such a layout changed, and SwiftPM compiles again what declares a dependency on a changed file. So every
// target declares all that it depends on by way of others; above stands what it uses itself.
let direct = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0.dependencies) })

extension Target.Dependency {
  var name: String {
    switch self {
    case .byNameItem(let name, _), .targetItem(let name, _), .productItem(let name, _, _, _): name
    @unknown default: ""
    }
  }

  var condition: TargetDependencyCondition? {
    switch self {
    case .byNameItem(_, let condition), .targetItem(_, let condition): condition
    case .productItem(_, _, _, let condition): condition
    @unknown default: nil
    }
  }

  func when(_ condition: TargetDependencyCondition) -> Self {
    switch self {
    case .byNameItem(let name, _): .byNameItem(name: name, condition: condition)
    case .targetItem(let name, _): .targetItem(name: name, condition: condition)
    case .productItem(let name, let package, let aliases, _):
      .productItem(name: name, package: package, moduleAliases: aliases, condition: condition)
    @unknown default: self
    }
  }
}

for target in package.targets {
  var all: [Target.Dependency] = [], names: Set<String> = []
  /// With all that they depend on, under the condition on which they are reached.
  func add(_ dependencies: [Target.Dependency], when condition: TargetDependencyCondition?) {
    for dependency in dependencies where names.insert(dependency.name).inserted {
      let reached = dependency.condition ?? condition
      all.append(reached.map { dependency.when($0) } ?? dependency)
      add(direct[dependency.name] ?? [], when: reached)
    }
  }
  /// Without those that a condition leads to. They come first, so that no condition hides what is needed always.
  func addAlways(_ dependencies: [Target.Dependency]) {
    for dependency in dependencies
    where dependency.condition == nil && names.insert(dependency.name).inserted {
      all.append(dependency)
      addAlways(direct[dependency.name] ?? [])
    }
  }
  addAlways(target.dependencies)
  let always = names
  for name in [target.name] + always.sorted() {
    for dependency in direct[name] ?? [] where dependency.condition != nil { add([dependency], when: nil) }
  }
  target.dependencies = all
}
