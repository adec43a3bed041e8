import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoOracle
import SfumatoVulkanBackend

/// The backends that all golden values are checked on, where they have a device. A new backend adds itself here.
let backends: [any Backend] = ([OracleBackend(), FFTWBackend(), VulkanBackend()] as [any Backend]).filter {
  backend in
  let isThere = (try? backend.devices())?.isEmpty == false
  if !isThere { print("skipped: the golden values on \(backend.name), which has no device here") }
  return isThere
}

/// The first device of the backend called `name`.
func device(_ name: String) throws -> any Device {
  guard let backend = backends.first(where: { $0.name == name }) else {
    throw BackendError.unavailable(backend: name, problem: "it is not under test", remedy: "add it above")
  }
  return try backend.open(0)
}
