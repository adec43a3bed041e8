import SfumatoConfiguration
import SfumatoModels
import SfumatoObjectives
import SfumatoOptimizers
import SfumatoRegistry
import SfumatoTraining
import Testing

/// What a recipe gives and what it chose has no use for is refused, never passed over.
@Suite struct InapplicableOptionTests {
  /// A recipe of these kinds that has `overrides`.
  private func components(
    model: String = "unet2d", objective: String = "edm", optimizer: String = "adamw", _ overrides: String...
  ) throws -> Components {
    let yaml = """
      data: {resolution: 32}
      model: {kind: \(model)}
      objective: {kind: \(objective)}
      optimizer: {kind: \(optimizer)}
      """
    return try Components(recipe: Recipe(yaml: yaml, source: "test", overrides: overrides))
  }

  /// The option that is refused; nil where none is.
  private func refused(_ make: () throws -> Components) throws -> String? {
    do {
      _ = try make()
      return nil
    } catch RegistryError.unknownOption(_, let option, _) {
      return option
    } catch RecipeError.inapplicable(let key, _) {
      return key
    }
  }

  @Test func theThreeThatWereAccepted() throws {
    #expect(
      try refused { try components(model: "r3gan", objective: "r3gan", "model.options.dropout=0.5") }
        == "dropout")
    #expect(
      try refused { try components(optimizer: "adam", "optimizer.options.weight_decay=0.5") }
        == "weight_decay")
    #expect(
      try refused { try components(model: "r3gan", objective: "r3gan", "objective.options.sigma_data=3") }
        == "sigma_data")
    // As recipes had them before.
    #expect(try refused { try components(optimizer: "adam", "optimizer.weight_decay=0.5") } == "weight_decay")
    let error = RecipeError.inapplicable(key: "objective.label_dropout", owner: "the objective r3gan")
    #expect("\(error)" == "objective.label_dropout does not apply to the objective r3gan; leave it out")
    #expect(error.exitCode == .usage)
  }

  /// Every kind with the options of every other one: refused exactly where it has none of that name.
  private func checkAll(
    _ definitions: [any RegistryEntry], _ section: String,
    _ make: (_ kind: String, _ override: String) throws -> Components
  ) throws {
    for chosen in definitions {
      for option in definitions.flatMap(\.options) {
        let override = "\(section).options.\(option.name)=\(option.defaultValue)"
        let isKnown = chosen.options.contains { $0.name == option.name }
        // The same name may mean another range elsewhere.
        if isKnown, !chosen.options.contains(option) { continue }
        let found = try refused { try make(chosen.name, override) }
        #expect(found == (isKnown ? nil : option.name), "\(chosen.name): \(override)")
      }
    }
  }

  @Test func optimizers() throws {
    try checkAll(Optimizers.registry.all, "optimizer") { try components(optimizer: $0, $1) }
  }

  @Test func objectives() throws {
    for definition in Objectives.registry.all {
      let model = definition.task == "denoising" ? "unet2d" : "r3gan"
      let found = try refused {
        try components(model: model, objective: definition.name, "objective.label_dropout=0.5")
      }
      #expect(found == (definition.task == "denoising" ? nil : "objective.label_dropout"))
    }
    try checkAll(Objectives.registry.all, "objective") { kind, override in
      let task = try Objectives.registry.entry(kind).task
      return try components(model: task == "denoising" ? "unet2d" : "r3gan", objective: kind, override)
    }
  }

  @Test func models() throws {
    try checkAll(Models.registry.all, "model") { kind, override in
      let task = try Models.registry.entry(kind).task
      return try components(model: kind, objective: task == "denoising" ? "edm" : "r3gan", override)
    }
  }

  /// What a run keeps has the values of all options, so that a later version's defaults change nothing; but not the length of a
  /// cosine that follows the run's.
  @Test func recipesOfComponentsAreComplete() throws {
    let recipe = try components(
      model: "r3gan", objective: "r3gan", optimizer: "adam", "optimizer.options.beta1=0"
    ).recipe
    #expect(Set(recipe.model.options.keys) == Set(try Models.registry.entry("r3gan").options.map(\.name)))
    #expect(
      Set(recipe.objective.options.keys) == Set(try Objectives.registry.entry("r3gan").options.map(\.name)))
    #expect(recipe.optimizer.options == ["beta1": 0, "beta2": 0.999, "final_beta2": -1, "eps": 1e-8])
    let again = try Recipe(yaml: recipe.yaml(), source: "again")
    #expect(try again == recipe && Components(recipe: again).recipe == recipe)
  }

  @Test func schedulesThatRiseAreRefused() throws {
    #expect(throws: RegistryError.self) {
      try components(objective: "ddpm", "objective.options.beta_start=0.5")
    }
  }
}
