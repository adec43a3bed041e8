import SfumatoObjectives
import SfumatoOptimizers

extension AdversarialTask {
  /// What losses read in `step`, counted from 1: the penalty's weight, and the probability of augmentations.
  func settings(step: Int, of steps: Int) -> [Double] {
    let penalty = objective.penalty, augmentation = objective.augmentation
    let weight = CosineSchedule(from: penalty.weight, to: penalty.finalWeight, steps: steps)(step: step)
    let probability =
      augmentation.schedule == .cosine
      ? CosineSchedule(from: 0, to: augmentation.probability, steps: steps)(step: step)
      : augmentation.probability
    return [weight, probability]
  }
}
