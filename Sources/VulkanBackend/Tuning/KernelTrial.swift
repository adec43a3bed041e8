import SfumatoGraph

/// Measures ways of computing a product or a convolution with the real kernels.
struct KernelTrial {
  /// Timed runs, of which the shortest counts.
  private static let runs = 3
  /// What a timed run lasts at least, in seconds, so that handing it over does not count.
  private static let length = 0.002
  private static let most = 64

  private let device: LogicalDevice
  private let limits: KernelLimits
  private let task: KernelTask
  private let operands: [Operand]
  private let buffer: Buffer

  /// Memory for the operands, filled with zeros.
  init(_ task: KernelTask, _ device: LogicalDevice, _ limits: KernelLimits) throws(VulkanError) {
    self.task = task
    self.device = device
    self.limits = limits
    var size = 0
    operands = (task.inputs + [task.result]).map { type in
      defer { size += (type.byteCount + 255) / 256 * 256 }
      return Operand(
        range: ByteRange(buffer: StepLayout.arena, offset: size, count: type.byteCount), type: type)
    }
    buffer = try Buffer(device, bytes: size, use: .device, name: "operands of a trial")
    let fill = try Recording(
      device, "trial", [.zero(ByteRange(buffer: StepLayout.arena, offset: 0, count: size))],
      buffers: [StepLayout.arena: buffer])
    try fill.submit()
    try fill.wait()
  }

  /// The fastest of `choices`, of which those that are likely fast should come first: what is clearly slower than an earlier one
  /// is given up early. What comes to the same commands as an earlier one is left out.
  func fastest(of choices: [KernelChoice]) throws(VulkanError) -> (choice: KernelChoice, seconds: Double)? {
    var best: (choice: KernelChoice, seconds: Double)?
    var known: Set<[Command]> = []
    for choice in choices {
      var lowering = Lowering(
        limits, scratch: StepLayout.scratch, kept: StepLayout.kept,
        tables: TensorTables(in: StepLayout.constants, from: 0))
      lowering.choice = choice
      try lowering.lower(task.op, Array(operands.dropLast()), [operands[operands.count - 1]])
      guard known.insert(lowering.commands).inserted else { continue }
      let seconds = try time(lowering, limit: best?.seconds ?? .infinity)
      if seconds < best?.seconds ?? .infinity { best = (choice, seconds) }
    }
    return best
  }

  private func time(_ lowering: Lowering, limit: Double) throws(VulkanError) -> Double {
    let scratch = try Buffer(
      device, bytes: lowering.scratchByteCount, use: .device, name: "scratch of a trial")
    let buffers = [StepLayout.arena: buffer, StepLayout.scratch: scratch]
    let once = try Recording(device, "trial", lowering.commands, buffers: buffers)
    // The first run may compile, and touch fresh memory.
    _ = try run(once)
    let first = try run(once)
    if first > 3 * limit + Self.length { return first }
    let count = max(1, min(Self.most, Int(Self.length / max(first, 1e-9))))
    let timed =
      count == 1
      ? once
      : try Recording(
        device, "trial", (0..<count).flatMap { _ in lowering.commands }, buffers: buffers)
    var shortest = Double.infinity
    for _ in 0..<Self.runs {
      shortest = min(shortest, try run(timed) / Double(count))
      if shortest > 1.25 * limit { break }
    }
    return shortest
  }

  private func run(_ recording: Recording) throws(VulkanError) -> Double {
    let start = ContinuousClock.now
    try recording.submit()
    try recording.wait()
    return start.duration(to: .now) / .seconds(1)
  }
}
