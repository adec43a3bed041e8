/// A backend whose devices can be opened with settings that concern speed only.
public protocol AdjustableBackend: Backend {
  /// Convolution algorithms that it can be told to take wherever they are possible, by name.
  var convolutionMethods: [String] { get }
  /// Ways of choosing one of them for each layer, by name, the fastest first.
  var convolutionChoices: [String] { get }

  /// This backend with other settings.
  ///
  /// - Parameters:
  ///   - threads: threads that work on a step; nil for as many as now.
  ///   - convolution: one of `convolutionMethods` or `convolutionChoices`; nil for the same as now.
  /// - Throws: `BackendError.unsupported` for an algorithm that it does not have.
  func adjusted(threads: Int?, convolution: String?) throws -> any Backend
}
