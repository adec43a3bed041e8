/// How long to train and what to write down on the way.
public struct TrainingRecipe: RecipeSection {
  /// Optimizer steps.
  public var steps = 20_000
  /// Images in a step.
  public var batch = 32
  /// Images on the device at a time; null for the whole batch.
  public var microBatch: Int?
  /// Every random draw follows from it.
  public var seed = 0
  /// Steps between lines of the log; 0 for none.
  public var logEvery = 50
  /// Steps between sample grids, the last step having one too; 0 for none at all.
  public var sampleEvery = 1000
  /// Steps between checkpoints; 0 for one at the end only.
  public var checkpointEvery = 1000
  /// How many checkpoints to keep.
  public var keepCheckpoints = 2
  /// What the network's values are stored as while training: `f32`, or `bf16` or `f16` for half the memory. Parameters,
  /// sums, the loss and the optimizer are f32 with any.
  public var precision = "f32"
  /// What f16 multiplies the loss by.
  public var lossScale = LossScaleRecipe()

  public init() {}

  private static let count = 0...1_000_000_000

  static let fields: [RecipeField<TrainingRecipe>] = [
    .integer("steps", \.steps, in: 1...1_000_000_000),
    .integer("batch", \.batch, in: 1...65_536),
    .optionalInteger("micro_batch", \.microBatch, in: 1...65_536),
    .integer("seed", \.seed, in: 0...Int.max),
    .integer("log_every", \.logEvery, in: count),
    .integer("sample_every", \.sampleEvery, in: count),
    .integer("checkpoint_every", \.checkpointEvery, in: count),
    .integer("keep_checkpoints", \.keepCheckpoints, in: 1...1_000_000),
    .choice("precision", \.precision, of: ["f32", "bf16", "f16"]),
    .section("loss_scale", \.lossScale),
  ]

  static var keyPaths: [String] {
    fields.map(\.key) + LossScaleRecipe.keyPaths.map { "loss_scale." + $0 }
  }
}
