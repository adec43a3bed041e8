import SfumatoConformance

extension ConformanceSuite {
  /// All there is: primitives, regions, whole models, large tensors.
  public static func everything() throws -> ConformanceSuite {
    ConformanceSuite(try allCases())
  }

  /// The cases of `everything`.
  public static func allCases() throws -> [ConformanceCase] {
    try ConformanceCase.primitives + ConformanceCase.regions + ConformanceCase.adversarial
      + ConformanceCase.models() + ConformanceCase.adversarialSteps()
      + ConformanceCase.large
  }
}
