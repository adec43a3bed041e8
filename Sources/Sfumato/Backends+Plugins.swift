import SfumatoBackend
import SfumatoPlugin

#if FFTW
  import SfumatoFFTWBackend
#endif

extension Backends {
  /// Adds the backends of shared libraries to the registry: those at `paths`, those that the environment variable
  /// SFUMATO_BACKEND_PATH names, and those of the installation. Call it once, before a device is chosen.
  ///
  /// - Parameters:
  ///   - paths: absolute paths of files and folders.
  ///   - isStrict: whether operations that a library does not know are refused instead of being run on the CPU.
  /// - Returns: what was loaded, those at `paths` first, and why other files were not.
  @discardableResult
  public static func loadPlugins(paths: [String] = [], isStrict: Bool = false) -> (
    loaded: [PluginLibrary], rejected: [PluginError]
  ) {
    let found = PluginSearch(paths: paths).load(taken: registry.names)
    let options = PluginBackend.Options(isStrict: isStrict, fallback: cpu)
    for library in found.loaded { registry.register(BackendEntry(PluginBackend(library, options: options))) }
    return found
  }

  /// What runs the operations that a library does not know.
  private static var cpu: (@Sendable () throws -> any HostDevice)? {
    #if FFTW
      return { try FFTWBackend().openCPU() }
    #else
      return nil
    #endif
  }
}
