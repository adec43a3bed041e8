import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A program recorded as command buffers that are submitted again and again.
///
/// There are two slots, each with host memory for inputs and outputs and a command buffer of its own, so that the
/// host fills one while the device still works on the other. A run is one submission; the host waits only when it
/// asks for outputs, or for a slot that is still in use.
public final class VulkanStep: Step {
  public let planned: PlannedProgram
  let device: VulkanDevice
  private let layout: StepLayout
  let commands: [Command]
  let buffers: [BufferID: Buffer]
  private(set) var slots: [Slot] = []
  public let notes: [String]
  private var last: Slot?
  private var runs = 0

  struct Slot {
    var upload: Buffer
    var readback: Buffer
    var recording: Recording
  }

  private static let slotCount = 2

  init(_ device: VulkanDevice, _ planned: PlannedProgram, _ state: VulkanStateStore) throws {
    self.device = device
    self.planned = planned
    layout = try StepLayout(planned, state)
    let (commands, scratchBytes) = try layout.commands(device.limits) {
      device.tuner.choice(for: $0, on: device)
    }
    notes = device.tuner.finish()
    self.commands = commands
    let logical = device.logical
    var buffers: [BufferID: Buffer] = [
      StepLayout.arena: try Buffer(logical, bytes: planned.plan.arenaByteCount, use: .device),
      StepLayout.constants: try Buffer(logical, bytes: layout.constantByteCount, use: .device),
      StepLayout.scratch: try Buffer(logical, bytes: scratchBytes, use: .device),
      StepLayout.inputs: try Buffer(logical, bytes: layout.inputByteCount, use: .device),
    ]
    for (index, buffer) in state.buffers.enumerated() {
      buffers[BufferID(index: StepLayout.firstState + index)] = buffer
    }
    self.buffers = buffers
    try uploadConstants()
    slots.append(try makeSlot())
    logical.keepPipelines()
  }

  /// Counts of the recorded commands; a run submits its recording once.
  public var statistics: StepStatistics? {
    let counts = slots[0].recording.counts
    let submissions = slots.reduce(0) { $0 + $1.recording.submissions }
    return StepStatistics(
      dispatches: counts.dispatches, transfers: counts.transfers, barriers: counts.barriers,
      submissions: runs == 0 ? 1 : submissions / runs)
  }

  public func run(_ inputs: [String: HostTensor]) throws {
    try check(inputs)
    let number = runs % VulkanStep.slotCount
    if number == slots.count { slots.append(try makeSlot()) }
    let slot = slots[number]
    try slot.recording.wait()
    for (index, port) in planned.program.inputs.enumerated() {
      guard let tensor = inputs[port.name], let mapped = slot.upload.mapped else { continue }
      let target = mapped + layout.inputRange(index).offset
      tensor.bytes.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
      }
    }
    try slot.recording.submit()
    last = slot
    runs += 1
  }

  public func outputs() throws -> [String: HostTensor] {
    guard let last, let mapped = last.readback.mapped else {
      throw BackendError.mismatch(name: "outputs", found: "no run yet", expected: "at least one run")
    }
    try last.recording.wait()
    var outputs: [String: HostTensor] = [:]
    for (index, port) in planned.program.outputs.enumerated() {
      let range = layout.outputRange(index)
      outputs[port.name] = HostTensor(planned.program[port.value]) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: mapped + range.offset, count: range.count))
      }
    }
    return outputs
  }

  private func makeSlot() throws(VulkanError) -> Slot {
    let upload = try Buffer(device.logical, bytes: layout.inputByteCount, use: .upload)
    let readback = try Buffer(device.logical, bytes: layout.outputByteCount, use: .readback)
    var all = buffers
    all[StepLayout.upload] = upload
    all[StepLayout.readback] = readback
    return Slot(
      upload: upload, readback: readback,
      recording: try Recording(device.logical, commands, buffers: all))
  }

  private func uploadConstants() throws(VulkanError) {
    let bytes = layout.constantBytes()
    guard !bytes.isEmpty else { return }
    let staging = try Buffer(device.logical, bytes: bytes.count, use: .upload)
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { staging.mapped?.copyMemory(from: base, byteCount: source.count) }
    }
    var all = buffers
    all[StepLayout.upload] = staging
    let recording = try Recording(
      device.logical,
      [
        .copy(
          from: ByteRange(buffer: StepLayout.upload, offset: 0, count: bytes.count),
          to: ByteRange(buffer: StepLayout.constants, offset: 0, count: bytes.count))
      ], buffers: all)
    try recording.submit()
    try recording.wait()
  }
}
