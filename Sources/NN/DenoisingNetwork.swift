import SfumatoGraph

/// A network as an objective sees it: noisy images (N, H, W, C), the noise level or timestep to condition on, f32 [N],
/// and labels i32 [N] for a class-conditional one → a prediction (N, H, W, C).
public typealias DenoisingNetwork = (_ x: Tensor, _ noise: Tensor, _ labels: Tensor?) throws -> Tensor
