import SfumatoBackend
import SfumatoCompiler
import SfumatoGraph

/// A program recorded as command buffers that are submitted again and again.
///
/// There are two slots, each with host memory for inputs and outputs and a recording of its own, so that the
/// host fills one while the device still works on the other. A run is one submission, or several where one would run for too
/// long; the host waits only when it asks for outputs, or for a slot that is still in use.
public final class VulkanStep: Step {
  public let planned: PlannedProgram
  let device: VulkanDevice
  private let layout: StepLayout
  let parts: [StepPart]
  let buffers: [BufferID: Buffer]
  private let choiceNotes: [String]
  private(set) var slots: [StepSlot] = []
  private var last: StepSlot?
  private var runs = 0
  private var cutter: SubmissionCutter

  private static let slotCount = 2

  init(_ device: VulkanDevice, _ planned: PlannedProgram, _ state: VulkanStateStore) throws {
    self.device = device
    self.planned = planned
    layout = try StepLayout(planned, state)
    device.tuner.prepare(for: layout.tasks, on: device)
    let (parts, working) = try layout.parts(device.limits, device.upload) {
      device.tuner.choice(for: $0, on: device)
    }
    choiceNotes = device.tuner.finish()
    self.parts = parts
    cutter = SubmissionCutter(
      parts, in: planned.program, limit: device.longestSubmission,
      hasTimestamps: device.logical.queue.timestampBits > 0)
    let logical = device.logical
    let request = layout.memoryRequest(working, device.upload, slots: VulkanStep.slotCount)
    try request.check(on: logical)
    workspaceByteCount = request.byteCount - planned.plan.arenaByteCount - layout.inputByteCount
    var buffers: [BufferID: Buffer] = [
      StepLayout.constants: try Buffer(
        logical, bytes: layout.constantByteCount(with: working.tables), use: .device, name: "constants"),
      StepLayout.scratch: try Buffer(logical, bytes: working.scratchBytes, use: .device, name: "scratch"),
      StepLayout.kept: try Buffer(logical, bytes: working.keptBytes, use: .device, name: "kept"),
    ]
    for (piece, part) in layout.arenaPieces.enumerated() {
      let name = piece == 0 ? "arena" : "arena \(piece)"
      buffers[part.buffer] = try Buffer(logical, bytes: part.bytes, use: .device, name: name)
    }
    for (index, buffer) in state.buffers.enumerated() {
      buffers[BufferID(index: StepLayout.firstState + index)] = buffer
    }
    self.buffers = buffers
    try uploadConstants(layout.constantBytes(with: working.tables))
    try logical.preparePipelines(parts.flatMap(\.kernels))
    slots.append(try makeSlot())
    logical.keepPipelines()
  }

  /// Counts of the commands as they are recorded now.
  public var statistics: StepStatistics? {
    (last ?? slots.first)?.statistics
  }

  public var notes: [String] {
    // Where the validation layer is on, nobody is to overlook what it says.
    let messages = (device.validationMessages ?? []).map { "validation: \($0)" }
    return choiceNotes + cutter.notes + messages
  }

  /// How many buffers hold the values of a run.
  var arenaPieceCount: Int { layout.arenaPieces.count }

  /// Scratch memory, constants, and both sides of inputs and outputs, twice.
  public let workspaceByteCount: Int

  public func run(_ inputs: [String: HostTensor]) throws {
    try check(inputs)
    let number = runs % VulkanStep.slotCount
    if number == slots.count { slots.append(try makeSlot()) }
    let slot = slots[number]
    try slot.fill(inputs)
    cutter.note(try slot.submissionTimes(), runs: runs)
    try slot.adopt(cutter.plan)
    if cutter.needsMeasurement {
      // What runs before this one must not count.
      try last?.recording.wait()
      let times = device.logical.queue.timestampBits > 0 ? try slot.runTimed() : try slot.runOnHostClock()
      cutter.cut(times?.map(\.seconds), runs: runs)
    } else {
      try slot.submit()
    }
    last = slot
    runs += 1
  }

  public func outputs() throws -> [String: HostTensor] {
    guard let last else {
      throw BackendError.mismatch(name: "outputs", found: "no run yet", expected: "at least one run")
    }
    return try last.outputs()
  }

  /// Each part of the step runs by itself here, between two timestamps. Where the queue writes none, the parts have no times.
  public func profile(_ inputs: [String: HostTensor]) throws -> StepProfile? {
    try check(inputs)
    let start = ContinuousClock.now
    let slot = slots[0]
    try slot.fill(inputs)
    try slot.adopt(cutter.plan)
    let submitted = start.duration(to: .now) / .seconds(1)
    let times = try slot.runTimed()
    last = slot
    return StepProfile(
      parts, of: planned.program, times: times,
      reports: try parts.map { part in try part.kernels.compactMap { try device.logical.report($0) } },
      submitted: submitted, wall: start.duration(to: .now) / .seconds(1))
  }

  /// Of every kernel once, in the order of their first launches.
  public var kernelReports: [KernelReport] {
    get throws {
      var seen: Set<Kernel> = []
      return try parts.flatMap(\.kernels).filter { seen.insert($0).inserted }.compactMap {
        try device.logical.report($0)
      }
    }
  }

  private func makeSlot() throws(VulkanError) -> StepSlot {
    try StepSlot(
      device.logical, layout, parts, buffers: buffers, upload: device.upload, plan: cutter.plan,
      isTimed: device.longestSubmission != nil)
  }

  private func uploadConstants(_ bytes: [UInt8]) throws(VulkanError) {
    guard !bytes.isEmpty else { return }
    let staging = try Buffer(device.logical, bytes: bytes.count, use: .upload, name: "upload of constants")
    bytes.withUnsafeBytes { source in
      if let base = source.baseAddress { staging.mapped?.copyMemory(from: base, byteCount: source.count) }
    }
    var all = buffers
    all[StepLayout.upload] = staging
    let recording = try Recording(
      device.logical, "constants",
      [
        .copy(
          from: ByteRange(buffer: StepLayout.upload, offset: 0, count: bytes.count),
          to: ByteRange(buffer: StepLayout.constants, offset: 0, count: bytes.count))
      ], buffers: all)
    try recording.submit()
    try recording.wait()
  }
}
