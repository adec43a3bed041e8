import ArgumentParser
import Sfumato

/// Flags of commands that know backends.
struct PluginOptions: ParsableArguments {
  @Option(
    name: .customLong("backend-path"), parsing: .singleValue,
    help: ArgumentHelp(
      "A backend in a shared library, or a folder of such; absolute. Repeatable. SFUMATO_BACKEND_PATH lists more.",
      valueName: "path"))
  var paths: [String] = []

  @Flag(help: "Refuse operations that such a backend does not know, instead of running them on the CPU.")
  var strict = false

  /// Loads the libraries that were named and the installation's own, and says which were refused and why.
  ///
  /// - Returns: the name of the first one of this command line; nil when it named none.
  @discardableResult func load() -> String? {
    let found = Backends.loadPlugins(paths: paths, isStrict: strict)
    for rejected in found.rejected { Terminal.standardError("note: not loaded: \(rejected)\n") }
    return paths.isEmpty ? nil : found.loaded.first?.name
  }
}

/// Flags of commands that need a device.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A backend, or auto: a GPU where there is one, else the CPU.", valueName: "name"))
  var backend: String?

  @Option(help: ArgumentHelp("Number of the device, as `sfumato devices` lists it.", valueName: "number"))
  var device: Int?

  @OptionGroup var plugins: PluginOptions

  /// The device that the flags ask for. Where they name no backend: with `takesPlugin` the one whose library they name,
  /// else `fallback`.
  func choose(orElse fallback: String, takesPlugin: Bool = false) throws -> DeviceChoice {
    let named = plugins.load()
    return try Backends.choose(backend ?? (takesPlugin ? named : nil) ?? fallback, device: device)
  }
}
