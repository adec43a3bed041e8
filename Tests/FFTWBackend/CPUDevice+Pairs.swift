import CVectorKernels

@testable import SfumatoFFTWBackend

extension CPUDevice {
  /// The same device with these kernels for products of pairs of bf16, or with none, when it multiplies floats alone.
  func multiplying(pairs: UnsafePointer<PairKernels>?) -> CPUDevice {
    CPUDevice(info: info, kernels: kernels, pairs: pairs, workers: workers, tuner: tuner)
  }
}
