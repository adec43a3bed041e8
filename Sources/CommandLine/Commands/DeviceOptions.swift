import ArgumentParser
import Sfumato

/// Flags of commands that need a device.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("A backend, or auto: a GPU where there is one, else the CPU.", valueName: "name"))
  var backend: String?

  @Option(help: ArgumentHelp("Number of the device, as `sfumato devices` lists it.", valueName: "number"))
  var device: Int?

  /// The device that the flags ask for, or `fallback` where they name no backend.
  func choose(orElse fallback: String) throws -> DeviceChoice {
    try Backends.choose(backend ?? fallback, device: device)
  }
}
