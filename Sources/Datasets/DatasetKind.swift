import SfumatoDiagnostics
import SfumatoRegistry

/// A way of keeping images in files, by name.
public struct DatasetKind: RegistryEntry {
  public let name: String
  public let summary: String
  public var options: [PluginOption] { [] }
  /// Whether a path looks like this kind; a glance, not a proof.
  public let recognizes: @Sendable (String) -> Bool
  /// Opens a path as this kind. Throws `DatasetError` or another error that says what is wrong.
  public let open: @Sendable (String) throws -> any Dataset

  public init(
    name: String, summary: String, recognizes: @escaping @Sendable (String) -> Bool,
    open: @escaping @Sendable (String) throws -> any Dataset
  ) {
    self.name = name
    self.summary = summary
    self.recognizes = recognizes
    self.open = open
  }

  /// The kinds there are. The last that recognises a path opens it, so the general ones come first and an
  /// application's own are asked before those that ship.
  public static let registry = Registry<DatasetKind>(
    kind: "data set kind", [.folder, .idx, .cifar10, .webDataset])
}

/// How a data set is to be read; what is left out is found out or left as it is.
public struct DatasetOptions: Sendable, Hashable {
  /// The name of a `DatasetKind`; found out from the path when nil.
  public var kind: String?
  /// The field that gives the class; `class` or `label`, if all images have it, when nil.
  public var label: String?
  /// For each field a `GlobPattern` that an image's value must match: `["subgroup": "face-*|cat-face"]`.
  public var filter: [String: String]

  public init(kind: String? = nil, label: String? = nil, filter: [String: String] = [:]) {
    self.kind = kind
    self.label = label
    self.filter = filter
  }
}

/// Opens the images at `path`: a folder, a WebDataset tar or a folder of them, CIFAR-10 binary files, IDX files
/// or a kind that the application has registered.
///
/// Throws `DatasetError`, `RegistryError` for an unknown kind, or what a registered kind throws.
public func openDataset(path: String, options: DatasetOptions = DatasetOptions()) throws -> LabelledDataset {
  guard fileType(of: path) != .missing else {
    throw DatasetError(.file("no such file or folder"), source: path)
  }
  let kind =
    try options.kind.map(DatasetKind.registry.entry)
    ?? DatasetKind.registry.all.last { $0.recognizes(path) }
  guard let kind else {
    throw DatasetError(.unknownKind(kinds: DatasetKind.registry.names), source: path)
  }
  return try LabelledDataset(kind.open(path), label: options.label, filter: options.filter)
}
