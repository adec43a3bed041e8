import SfumatoBackend

/// How a step's inputs get from the host to where kernels read them.
enum UploadPath {
  /// The host writes them there: all memory of the device is the host's to see.
  case direct
  /// A copy on the compute queue, at the beginning of a run.
  case copied
  /// A copy on a queue of its own, while the compute queue may still work on the run before.
  case transferred

  init(_ device: LogicalDevice) {
    if device.physical.showsAllMemory {
      self = .direct
    } else {
      self = device.transferQueue == nil ? .copied : .transferred
    }
  }
}

/// The inputs of a slot, on the host's side and on the device's.
final class InputUpload {
  /// Where kernels read, and what the host writes; the same on the direct way.
  let buffers: [BufferID: Buffer]
  private let layout: StepLayout
  private let staging: Buffer
  /// The copy on a queue of its own, and what it signals.
  private let transfer: (recording: Recording, timeline: Timeline)?

  init(_ device: LogicalDevice, _ layout: StepLayout, _ path: UploadPath) throws(VulkanError) {
    self.layout = layout
    let bytes = layout.inputByteCount
    let inputs = try Buffer(
      device, bytes: bytes, use: path == .direct ? .written : .device, name: "inputs",
      isShared: path == .transferred)
    staging = path == .direct ? inputs : try Buffer(device, bytes: bytes, use: .upload, name: "upload")
    buffers = [StepLayout.inputs: inputs, StepLayout.upload: staging]
    guard path == .transferred, bytes > 0, let queue = device.transferQueue else {
      transfer = nil
      return
    }
    let recording = try Recording(
      device, [[CommandGroup(name: "upload", commands: layout.uploadCommands)]], buffers: buffers,
      queue: queue)
    transfer = (recording, try Timeline(device))
  }

  /// Whether a run makes a submission for its inputs alone.
  var isSubmission: Bool { transfer != nil }

  /// Takes over the inputs of a run; the one before must be over.
  func write(_ inputs: [String: HostTensor]) throws(VulkanError) {
    // Over, too, unless its run could not be submitted.
    try transfer?.recording.wait()
    guard let mapped = staging.mapped else { return }
    for (index, port) in layout.planned.program.inputs.enumerated() {
      guard let tensor = inputs[port.name] else { continue }
      let target = mapped + layout.inputRange(index).offset
      tensor.bytes.withUnsafeBytes { bytes in
        if let base = bytes.baseAddress { target.copyMemory(from: base, byteCount: bytes.count) }
      }
    }
  }

  /// Starts the copy on its own queue.
  ///
  /// - Returns: what the run has to wait for; nil where there is no such copy.
  func start() throws(VulkanError) -> Timeline.Point? {
    guard let transfer else { return nil }
    let point = transfer.timeline.next()
    try transfer.recording.submit(signal: point)
    return point
  }
}
