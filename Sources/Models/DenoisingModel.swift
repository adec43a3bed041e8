import SfumatoGraph
import SfumatoNN

/// A network from noisy images and a noise level to a prediction of the images' shape.
public protocol DenoisingModel: Model {
  /// Channels of the images that go in.
  var inChannels: Int { get }
  /// Channels of the prediction.
  var outChannels: Int { get }

  /// Traces the network.
  ///
  /// - Parameters:
  ///   - x: images (N, H, W, inChannels), of a float type: what layers should store their results as.
  ///   - noise: the noise level or timestep that the objective conditions on, f32 [N].
  ///   - conditions: given exactly if `isConditional`.
  /// - Returns: (N, H, W, outChannels), f32 or of the type of `x`.
  func callAsFunction(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws -> Tensor

  /// Traces the network with all that it says; of most, nothing beside the prediction.
  func output(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws -> DenoisingOutput
}

extension DenoisingModel {
  public func output(_ x: Tensor, noise: Tensor, conditions: Conditioning, in scope: Scope) throws
    -> DenoisingOutput
  {
    DenoisingOutput(try self(x, noise: noise, conditions: conditions, in: scope))
  }
}

extension DenoisingModel {
  /// This model with its parameters in `scope`, for an objective, whose own values stay as they are.
  ///
  /// - Parameter dtype: what the network's values are stored as.
  public func network(in scope: Scope, storedAs dtype: DType = .f32) -> DenoisingNetwork {
    DenoisingNetwork { x, noise, conditions in
      var output = try output(x.cast(dtype), noise: noise, conditions: conditions, in: scope)
      output.prediction = try output.prediction.cast(x.dtype)
      return output
    }
  }

  /// - Throws: `GraphError` for what is no images of the model's channels, `ModelError.imageSize` for images that cannot be halved as often
  ///   as the model does.
  func check(images x: Tensor, multipleOf multiple: Int) throws {
    guard x.shape.rank == 4, x.shape[3] == inChannels else {
      throw GraphError(
        operation: kind, node: x.graph.scope,
        problem: "expected images (N, H, W, \(inChannels)), found \(x.type)")
    }
    guard x.shape[1] % multiple == 0, x.shape[2] % multiple == 0 else {
      throw ModelError.imageSize(height: x.shape[1], width: x.shape[2], multipleOf: multiple)
    }
  }
}
