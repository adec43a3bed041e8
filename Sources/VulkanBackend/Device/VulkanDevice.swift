import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// An open Vulkan device.
public final class VulkanDevice: Device {
  public let info: DeviceInfo
  let logical: LogicalDevice
  /// What kernels are chosen by; tests change it to run kernels meant for other devices.
  var limits: KernelLimits
  /// How inputs get to the device; tests change it to go other ways.
  var upload: UploadPath
  /// Seconds that a submission may take before a step is cut into several; nil for any time. Drivers give up GPUs that seem to
  /// hang, after some seconds; nobody watches a software device. Tests change it to have steps cut.
  var longestSubmission: Double?

  let tuner: KernelTuner

  init(_ logical: LogicalDevice, index: Int, _ tuner: KernelTuner) {
    self.tuner = tuner
    self.logical = logical
    info = DeviceInfo(logical.physical, index: index)
    limits = KernelLimits(logical.physical)
    upload = UploadPath(logical)
    longestSubmission = logical.physical.isSoftware ? nil : 0.1
  }

  /// What the validation layer has said; nil where it is off.
  public var validationMessages: [String]? { logical.instance.validation?.messages }

  public func supports(_ region: Region) -> Bool { Lowering.supports(region) }

  public func takesEpilogue(_ op: Op, _ result: TensorType) -> Bool { Lowering.takesEpilogue(op, result) }

  public func takesPrologue(_ op: Op, _ operand: TensorType) -> Bool { Lowering.takesPrologue(op, operand) }

  public func stores(_ dtype: DType) -> Bool { dtype.byteSize == 4 || limits.has16BitStorage }

  public var arenaPage: Int? { max(256, Int(clamping: logical.memory.maxAllocation) / 256 * 256) }

  public func makeState(_ slots: [StateSlot]) throws -> any StateStore {
    try VulkanStateStore(logical, slots)
  }

  /// Throws `VulkanError` where the device lacks memory or a kernel, `BackendError.mismatch` where `state` does
  /// not have what the program names.
  public func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step {
    guard let state = state as? VulkanStateStore, state.device === logical else {
      throw BackendError.mismatch(
        name: "state", found: "a store of another device", expected: "one of \(info.name)")
    }
    return try VulkanStep(self, planned, state)
  }
}
