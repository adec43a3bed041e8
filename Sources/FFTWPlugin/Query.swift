import CSfumatoBackend
import SfumatoFFTWBackend
import SfumatoPluginExport

/// The library's one symbol.
@c(sfumato_backend_query)
public func query(_ hostMajor: UInt32, _ hostMinor: UInt32) -> UnsafePointer<sfumato_backend>? {
  exportBackend(
    ExportedBackend(name: "fftw-plugin", version: "0.1.0") { FFTWBackend(options: .init(threads: $0)) },
    hostMajor: hostMajor, hostMinor: hostMinor)
}
