import SfumatoRegistry
import Testing

private struct Fruit: RegistryEntry {
  let name: String
  let summary = "A fruit"
  let options = [
    PluginOption("weight", "In grams", .number(default: 100, in: 0...1000)),
    PluginOption("count", "How many", .integer(default: 1, in: 1...12)),
    PluginOption("ripe", "Ready to eat", .flag(default: true)),
    PluginOption("cut", "How it is cut", .choice(default: "whole", of: ["whole", "halves"])),
  ]
}

@Suite struct RegistryTests {
  private let fruits = Registry(kind: "fruit", [Fruit(name: "apple"), Fruit(name: "pear")])

  @Test func findsAndReplacesByName() throws {
    #expect(try fruits.entry("pear").name == "pear")
    fruits.register(Fruit(name: "plum"))
    fruits.register(Fruit(name: "apple"))
    #expect(fruits.names == ["pear", "plum", "apple"])
  }

  @Test func unknownNameSuggestsTheNearest() {
    let error = #expect(throws: RegistryError.self) { try fruits.entry("aple") }
    #expect(error?.description == "there is no fruit \"aple\"; did you mean \"apple\"?")
  }

  @Test func givenValuesReplaceDefaults() throws {
    let values = try OptionValues(
      ["weight": 3.5, "ripe": false, "cut": "halves"], for: Fruit(name: "a").options, of: "fruit \"a\"")
    #expect(values.number("weight") == 3.5)
    #expect(values.integer("count") == 1)
    #expect(!values.flag("ripe"))
    #expect(values.choice("cut") == "halves")
  }

  @Test(arguments: [
    ("weigth", OptionValue.number(1), "fruit \"a\" has no option \"weigth\"; did you mean \"weight\"?"),
    ("weight", -1, "option \"weight\" of fruit \"a\" is -1, but must be a number from 0.0 to 1000.0"),
    ("count", 1.5, "option \"count\" of fruit \"a\" is 1.5, but must be a whole number from 1 to 12"),
    ("ripe", 1, "option \"ripe\" of fruit \"a\" is 1, but must be true or false"),
    ("cut", "cubes", "option \"cut\" of fruit \"a\" is \"cubes\", but must be one of: whole, halves"),
  ])
  func badOptionsAreNamed(name: String, value: OptionValue, message: String) {
    let error = #expect(throws: RegistryError.self) {
      try OptionValues([name: value], for: Fruit(name: "a").options, of: "fruit \"a\"")
    }
    #expect(error?.description == message)
  }

  @Test func parsesCommandLineValues() {
    #expect(OptionValue(parsing: "true") == true)
    #expect(OptionValue(parsing: "0.25") == 0.25)
    #expect(OptionValue(parsing: "leading") == "leading")
  }
}
