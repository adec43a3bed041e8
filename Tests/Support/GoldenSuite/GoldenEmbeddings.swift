import GoldenSupport
import SfumatoBackend
import SfumatoGraph
import SfumatoNN

/// Embeddings of timesteps and noise levels.
public enum GoldenEmbeddings {
  /// Largest absolute errors by case.
  public static func deviations(on device: any Device) throws -> [String: Double] {
    let file = try GoldenFile(module: "NN", name: "layers")
    var errors: [String: Double] = [:]
    for (size, cosineFirst, shift) in [(8, true, 0), (8, false, 1), (7, true, 0)] {
      let key = "\(size).\(cosineFirst ? 1 : 0).\(shift)"
      let found = try GoldenRun(file: file, prefix: "time.")(on: device, ["t"]) { tensors in
        try tensors.mapValues {
          try $0.sinusoidalEmbedding(size: size, cosineFirst: cosineFirst, frequencyShift: Double(shift))
        }
      }
      errors[key] = largestError(found["t"] ?? [], try file("time." + key).values)
    }
    let found = try GoldenRun(file: file, prefix: "fourier.")(on: device, ["t", "weight"]) { tensors in
      guard let t = tensors["t"], let weight = tensors["weight"] else { return [:] }
      return ["y": try t.fourierEmbedding(weight: weight)]
    }
    errors["fourier"] = largestError(found["y"] ?? [], try file("fourier.y").values)
    return errors
  }
}
