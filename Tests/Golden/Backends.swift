import SfumatoBackend
import SfumatoFFTWBackend
import SfumatoOracle

/// The backends that all golden values are checked on. A new backend adds itself here.
let backends: [any Backend] = [OracleBackend(), FFTWBackend()]

/// The first device of the backend called `name`.
func device(_ name: String) throws -> any Device {
  guard let backend = backends.first(where: { $0.name == name }) else {
    throw BackendError.unavailable(backend: name, problem: "it is not under test", remedy: "add it above")
  }
  return try backend.open(0)
}
