import SfumatoBackend

/// Host memory for the inputs and outputs of a run, and the commands over it.
final class StepSlot {
  let recording: Recording
  private let device: LogicalDevice
  private let layout: StepLayout
  private let parts: [StepPart]
  private let buffers: [BufferID: Buffer]
  private let upload: Buffer
  private let readback: Buffer
  /// The same commands with a time behind each part, made when it is first asked for.
  private var timedRecording: Recording?

  /// - Parameter buffers: those that all slots share.
  init(
    _ device: LogicalDevice, _ layout: StepLayout, _ parts: [StepPart], buffers: [BufferID: Buffer]
  ) throws(VulkanError) {
    self.device = device
    self.layout = layout
    self.parts = parts
    upload = try Buffer(device, bytes: layout.inputByteCount, use: .upload, name: "upload")
    readback = try Buffer(device, bytes: layout.outputByteCount, use: .readback, name: "readback")
    var all = buffers
    all[StepLayout.upload] = upload
    all[StepLayout.readback] = readback
    self.buffers = all
    recording = try Recording(device, [parts.map(\.group)], buffers: all)
  }

  /// Takes over the inputs of a run, when the last one is over.
  func fill(_ inputs: [String: HostTensor]) throws(VulkanError) {
    try recording.wait()
    for (index, port) in layout.planned.program.inputs.enumerated() {
      guard let tensor = inputs[port.name], let mapped = upload.mapped else { continue }
      let target = mapped + layout.inputRange(index).offset
      tensor.bytes.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
      }
    }
  }

  /// Runs the step once and waits for its end.
  ///
  /// - Returns: the seconds at which each part began and the last one ended, since the first began; only where the queue has
  ///   timestamps.
  func runTimed() throws(VulkanError) -> [Double] {
    let timed: Recording
    if let known = timedRecording {
      timed = known
    } else {
      timed = try Recording(device, [parts.map(\.group)], buffers: buffers, timing: .groups)
      timedRecording = timed
    }
    try timed.submit()
    return try timed.times()[0]
  }

  /// The outputs of the last run, for which this waits.
  func outputs() throws(VulkanError) -> [String: HostTensor] {
    try recording.wait()
    var outputs: [String: HostTensor] = [:]
    guard let mapped = readback.mapped else { return outputs }
    for (index, port) in layout.planned.program.outputs.enumerated() {
      let range = layout.outputRange(index)
      outputs[port.name] = HostTensor(layout.planned.program[port.value]) { bytes in
        bytes.copyMemory(from: UnsafeRawBufferPointer(start: mapped + range.offset, count: range.count))
      }
    }
    return outputs
  }
}
