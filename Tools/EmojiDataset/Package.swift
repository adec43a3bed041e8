// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that FreeType is no dependency of the toolkit.
let package = Package(
  name: "emoji-dataset",
  dependencies: [.package(name: "sfumato", path: "../..", traits: [])],
  targets: [
    .systemLibrary(
      name: "CFreeType", path: "Sources/CFreeType", pkgConfig: "freetype2",
      providers: [.apt(["libfreetype-dev"])]),
    .executableTarget(
      name: "emoji-dataset",
      dependencies: [
        "CFreeType",
        .product(name: "SfumatoDatasets", package: "sfumato"),
        .product(name: "SfumatoImages", package: "sfumato"),
      ], path: "Sources/EmojiDataset"),
  ],
  swiftLanguageModes: [.v6]
)
