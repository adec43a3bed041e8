import SfumatoBackend

/// Host memory for the inputs and outputs of a run, and the commands over it.
final class StepSlot {
  /// Seconds of a part of a run.
  struct PartTime {
    /// Since the device began the run.
    var begin: Double
    var seconds: Double
  }

  private(set) var recording: Recording
  private let device: LogicalDevice
  private let layout: StepLayout
  private let parts: [StepPart]
  private let isTimed: Bool
  private var plan: SubmissionPlan
  private let buffers: [BufferID: Buffer]
  private let upload: InputUpload
  private let readback: Buffer
  /// The same commands with a time behind each part, made when it is first asked for.
  private var timedRecording: Recording?

  /// - Parameters:
  ///   - buffers: those that all slots share.
  ///   - upload: how inputs get to the device.
  ///   - plan: how the parts are cut into submissions.
  ///   - isTimed: whether it is to be known what submissions take, as far as the queue has timestamps.
  init(
    _ device: LogicalDevice, _ layout: StepLayout, _ parts: [StepPart], buffers: [BufferID: Buffer],
    upload: UploadPath, plan: SubmissionPlan, isTimed: Bool
  ) throws(VulkanError) {
    self.device = device
    self.layout = layout
    self.parts = parts
    self.plan = plan
    self.isTimed = isTimed && device.queue.timestampBits > 0
    self.upload = try InputUpload(device, layout, upload)
    readback = try Buffer(device, bytes: layout.outputByteCount, use: .readback, name: "readback")
    var all = buffers
    all.merge(self.upload.buffers) { $1 }
    all[StepLayout.readback] = readback
    self.buffers = all
    recording = try Recording(
      device, StepSlot.groups(parts, plan), buffers: all, timing: self.isTimed ? .submissions : .none)
  }

  private static func groups(_ parts: [StepPart], _ plan: SubmissionPlan) -> [[CommandGroup]] {
    plan.ranges.map { parts[$0].map(\.group) }
  }

  /// Records anew where the step is cut otherwise by now.
  func adopt(_ plan: SubmissionPlan) throws(VulkanError) {
    guard plan != self.plan else { return }
    try recording.wait()
    recording = try Recording(
      device, StepSlot.groups(parts, plan), buffers: buffers, timing: isTimed ? .submissions : .none)
    timedRecording = nil
    self.plan = plan
  }

  /// Takes over the inputs of a run, when the last one is over.
  func fill(_ inputs: [String: HostTensor]) throws(VulkanError) {
    try recording.wait()
    try upload.write(inputs)
  }

  /// Hands a run to the device, with the inputs that were filled in.
  func submit() throws(VulkanError) { try recording.submit(after: upload.start()) }

  /// What a run asks of the device, as it is recorded now.
  var statistics: StepStatistics {
    let counts = recording.counts, uploads = upload.isSubmission ? 1 : 0
    return StepStatistics(
      dispatches: counts.dispatches, transfers: counts.transfers + uploads, barriers: counts.barriers,
      submissions: recording.commandBufferCount + uploads, traffic: counts.traffic)
  }

  /// Seconds that each submission of the last run took; empty where that is not known yet, nil where it turned out that the
  /// queue has no times of use.
  func submissionTimes() throws(VulkanError) -> [Double]? {
    guard isTimed, device.queue.timestampBits > 0, recording.submissions > 0 else { return [] }
    return try recording.times()?.map { $0[1] - $0[0] }
  }

  /// Runs the step once, part by part, and waits for its end.
  ///
  /// - Returns: what each part took, by timestamps of the queue; nil where there are none, or none of use.
  func runTimed() throws(VulkanError) -> [PartTime]? {
    guard device.queue.timestampBits > 0 else {
      try submit()
      try recording.wait()
      return nil
    }
    let timed: Recording
    if let known = timedRecording {
      timed = known
    } else {
      timed = try Recording(device, StepSlot.groups(parts, plan), buffers: buffers, timing: .groups)
      timedRecording = timed
    }
    try timed.submit(after: upload.start())
    return try timed.times()?.flatMap { times in
      zip(times, times.dropFirst()).map { PartTime(begin: $0, seconds: $1 - $0) }
    }
  }

  /// Runs the step once, a submission a part, and waits for its end.
  ///
  /// - Returns: what each part took by the host's clock.
  func runOnHostClock() throws(VulkanError) -> [PartTime] {
    let start = ContinuousClock.now
    var times: [PartTime] = []
    var inputs = try upload.start()
    for part in parts {
      let recording = try Recording(device, [[part.group]], buffers: buffers)
      let begin = ContinuousClock.now
      try recording.submit(after: inputs)
      try recording.wait()
      inputs = nil
      times.append(
        PartTime(
          begin: start.duration(to: begin) / .seconds(1), seconds: begin.duration(to: .now) / .seconds(1)))
    }
    return times
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
