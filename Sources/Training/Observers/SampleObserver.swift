import SfumatoImages

/// Writes grids of images from fixed seeds, as the recipe's `sampling` says.
final class SampleObserver: TrainingObserver {
  let name = "the grid of samples"
  let period: Int

  init(every period: Int) { self.period = period }

  func observe(step: Int, of run: ObservedRun) throws {
    let images = try run.images(SamplingRequest(recipe: run.recipe, conditions: run.conditions))
    guard let grid = Image.sampleGrid(images) else { return }
    let path = try run.folder.write(samplePNG: grid.encodedPNG(), step: step)
    run.tell(.sampleWritten(step: step, path: path))
  }
}
