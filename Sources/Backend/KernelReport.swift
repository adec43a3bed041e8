/// What a device's compiler says of one kernel that it has compiled.
public struct KernelReport: Hashable, Sendable {
  /// A number under the driver's own name.
  public struct Statistic: Hashable, Sendable {
    public var name: String
    public var value: Double

    public init(_ name: String, _ value: Double) {
      self.name = name
      self.value = value
    }
  }

  /// What the field calls such numbers.
  public enum Field: String, CaseIterable, Sendable {
    /// Vector registers of an invocation.
    case registers
    /// Registers that did not fit and were put elsewhere.
    case spills
    /// Bytes of memory, of an invocation or a subgroup, for what does not fit registers.
    case scratch
    /// Bytes of shared memory of a workgroup.
    case shared
    /// Subgroups that a processor holds at once: a SIMD on AMD's cards, a core on others.
    case occupancy
    /// Instructions.
    case instructions
    /// Bytes of machine code.
    case code
    /// Cycles from the first instruction to the last, as the compiler estimates them.
    case latency
    /// Cycles from one subgroup's start to the next one's, as the compiler estimates them.
    case inverseThroughput = "inverse_throughput"

    /// What drivers call it; what a driver gives under several of these is added up.
    var driverNames: [String] {
      switch self {
      case .registers:
        ["VGPRs", "GPRs", "Registers used", "Register Count", "Number of GPRs", "Max live registers"]
      case .spills:
        ["Spilled VGPRs", "Spilled SGPRs", "Spills", "Spill Count", "Spills to memory", "STP Count"]
      case .scratch:
        ["Scratch size", "Scratch", "Scratch Memory Size", "Local Memory Size", "SLM Size", "SLM size"]
      case .shared: ["LDS size", "Workgroup Memory Size", "Shared Memory Size"]
      case .occupancy: ["Subgroups per SIMD", "Max Waves Per Core", "Max warps/SM"]
      case .instructions: ["Instructions", "Instruction Count", "Instruction count"]
      case .code: ["Code size", "Code Size", "Binary Size"]
      case .latency: ["Latency", "Cycle Count", "Static cycle count"]
      case .inverseThroughput: ["Inverse Throughput"]
      }
    }
  }

  /// Which of its device's pipelines this is: two of one name and equal numbers are still two.
  public var pipeline: Int
  /// The shader, with the numbers that it was compiled for.
  public var name: String
  /// Invocations of a subgroup.
  public var subgroupSize: Int
  /// As the driver tells them, in its order.
  public var statistics: [Statistic]

  public init(pipeline: Int, name: String, subgroupSize: Int, statistics: [Statistic]) {
    self.pipeline = pipeline
    self.name = name
    self.subgroupSize = subgroupSize
    self.statistics = statistics
  }

  /// A number under the field's name; nil where the driver does not tell it.
  public subscript(field: Field) -> Double? {
    let names = field.driverNames
    let found = statistics.filter { names.contains($0.name) }
    if found.isEmpty, field == .occupancy, let threads = statistics.first(where: { $0.name == "Threads" }) {
      // Apple's compiler counts invocations.
      return threads.value / Double(max(1, subgroupSize))
    }
    return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
  }
}

/// A backend whose devices can say what their compilers made of kernels.
public protocol ReportingBackend: Backend {
  /// This backend, asking compilers for reports; without being asked, they need not gather any.
  func reporting() -> any Backend
}
