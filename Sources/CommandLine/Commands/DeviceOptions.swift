import ArgumentParser
import Foundation
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
  /// - Returns: the first one that this command line named, if it was loaded.
  @discardableResult func load() -> PluginLibrary? {
    let found = Backends.loadPlugins(paths: paths, isStrict: strict)
    for rejected in found.rejected { Terminal.note("not loaded: \(rejected)") }
    let named = paths.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
    return found.loaded.first { library in
      named.contains { library.path == $0 || library.path.hasPrefix($0 + "/") }
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

  /// The device that the flags ask for, or `fallback` where they name no backend. With `takesPlugin` a library that they
  /// name will do.
  func choose(orElse fallback: String, takesPlugin: Bool = false) throws -> DeviceChoice {
    let library = plugins.load()
    guard takesPlugin, backend == nil, let path = plugins.paths.first else {
      return try Backends.choose(backend ?? fallback, device: device)
    }
    guard let library else {
      throw PluginError(path: path, problem: "nothing was loaded from there; see above")
    }
    return try Backends.choose(library.name, device: device)
  }
}
