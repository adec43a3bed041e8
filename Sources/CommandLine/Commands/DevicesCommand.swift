import ArgumentParser
import Sfumato

/// `sfumato devices`
struct DevicesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "devices",
    abstract: "Lists the devices that can train and sample, and which one `auto` takes.")

  @OptionGroup var plugins: PluginOptions
  @OptionGroup var common: CommonOptions

  func run() throws {
    plugins.load()
    let chosen = try? Backends.choose()
    var rows: [[String]] = []
    var problems: [String] = []
    for backend in Backends.registry.all.map(\.backend) {
      do {
        for device in try backend.devices() {
          let isChosen = device.backend == chosen?.device.backend && device.index == chosen?.device.index
          if common.json { Terminal.jsonLine(json(device, isChosen: isChosen)) }
          rows.append([
            isChosen ? "*" : " ", backend.name, String(device.index), device.name, device.kind.rawValue,
            device.driver, device.memory.map(mebibytes) ?? "",
          ])
        }
      } catch {
        problems.append("\(error)")
      }
    }
    if !common.json {
      print(Terminal.table([["", "BACKEND", "DEVICE", "NAME", "KIND", "DRIVER", "MEMORY"]] + rows))
      if let chosen { print("\n* is what --backend auto takes: \(chosen.reason).") }
    }
    for problem in problems { Terminal.note(problem) }
  }

  private func json(_ device: DeviceInfo, isChosen: Bool) -> JSONObject {
    [
      "backend": .string(device.backend), "device": .integer(device.index), "name": .string(device.name),
      "kind": .string(device.kind.rawValue), "driver": .string(device.driver),
      "memory": device.memory.map(JSONValue.integer) ?? .null, "auto": .bool(isChosen),
    ]
  }
}
