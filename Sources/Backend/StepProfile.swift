/// Where the time of one run of a step went, kernel by kernel.
public struct StepProfile: Sendable {
  /// A kernel's share.
  public struct Kernel: Sendable {
    /// The operation, such as `conv`; `pointwise` for a cluster of elementwise ones.
    public var operation: String
    /// How it was computed, such as `winograd`; empty where there is one algorithm only.
    public var method: String
    /// Where in the model it was traced; may be empty.
    public var node: String
    /// Multiply-adds of its convolutions and matrix products.
    public var multiplyAdds: Int
    /// Bytes that it moves; nil where a backend does not count.
    public var traffic: MemoryTraffic?
    /// Seconds from the beginning of the run; 0 in a profile without times.
    public var begin: Double
    /// Seconds on the wall clock; 0 in a profile without times.
    public var wall: Double
    /// Seconds of processor time over all threads, those among them that wait for work; nil off the CPU.
    public var processor: Double?
    /// What each worker did of it, phase by phase; empty where that is not known.
    public var spans: [Span]
    /// What the device's compiler says of what it launches, each once; empty where that was not asked for or is not known.
    public var reports: [KernelReport] = []

    public init(
      operation: String, method: String, node: String, multiplyAdds: Int, traffic: MemoryTraffic? = nil,
      begin: Double, wall: Double, processor: Double?, spans: [Span]
    ) {
      self.operation = operation
      self.method = method
      self.node = node
      self.multiplyAdds = multiplyAdds
      self.traffic = traffic
      self.begin = begin
      self.wall = wall
      self.processor = processor
      self.spans = spans
    }
  }

  /// From the beginning of a worker's first piece of a kernel to the end of its last one before everybody waits.
  public struct Span: Sendable {
    /// From 0, which is the thread that runs the step.
    public var worker: Int
    /// Seconds from the beginning of the run.
    public var begin: Double
    public var seconds: Double

    public init(worker: Int, begin: Double, seconds: Double) {
      self.worker = worker
      self.begin = begin
      self.seconds = seconds
    }
  }

  /// In the order in which they ran.
  public var kernels: [Kernel]
  /// Seconds of the whole run, taking the inputs included.
  public var wall: Double
  /// Whether the kernels have times. A queue without a clock tells only what ran.
  public var isTimed: Bool

  public init(kernels: [Kernel] = [], wall: Double = 0, isTimed: Bool = true) {
    self.kernels = kernels
    self.wall = wall
    self.isTimed = isTimed
  }

  /// Puts another run behind this one.
  public mutating func append(_ next: StepProfile) {
    kernels += next.kernels.map { kernel in
      var kernel = kernel
      kernel.begin += wall
      for index in kernel.spans.indices { kernel.spans[index].begin += wall }
      return kernel
    }
    wall += next.wall
    isTimed = isTimed && next.isTimed
  }
}
