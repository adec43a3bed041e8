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
  func load() {
    for rejected in Backends.loadPlugins(paths: paths, isStrict: strict) {
      Terminal.standardError("note: not loaded: \(rejected)\n")
    }
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

  /// The device that the flags ask for, or `fallback` where they name no backend.
  func choose(orElse fallback: String) throws -> DeviceChoice {
    plugins.load()
    return try Backends.choose(backend ?? fallback, device: device)
  }
}
