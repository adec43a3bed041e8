import SfumatoConditions
import SfumatoConfiguration
import SfumatoJSON

extension Components {
  /// The parts that a recipe names, without data: where it asks for classes there are `classCount`, with synthetic names.
  public init(recipe: Recipe, classCount: Int) throws {
    let names = (0..<classCount).map { JSONValue.string("class \($0)") }
    try self.init(recipe: recipe, surveys: [ClassCondition.name: .array(names)])
  }
}
