// swift-tools-version: 6.1
import PackageDescription

// A program of its own that uses Sfumato. Yours would name the repository's URL instead of a path.
let package = Package(
  name: "embed",
  dependencies: [.package(name: "sfumato", path: "../..")],
  targets: [
    .executableTarget(
      name: "Embed",
      dependencies: [
        .product(name: "Sfumato", package: "sfumato"),
        .product(name: "SfumatoCommandLine", package: "sfumato"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
