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
    /// Subgroups that a processor (a SIMD on AMD's) holds at once.
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
      case .registers: ["VGPRs", "GPRs", "Registers used", "Register Count", "Number of GPRs"]
      case .spills:
        [
          "Spilled VGPRs", "Spilled SGPRs", "Spills", "Spill count", "Spills to memory", "Spills to reg",
          "Spills to mem", "STP Count",
        ]
      case .scratch:
        [
          "Scratch size", "Scratch", "Scratch memory size", "Private memory", "Local memory",
          "Local Memory Size", "SLM Size", "Scratch Memory Size",
        ]
      case .shared: ["LDS size", "LDS Size", "Shared memory", "Workgroup Memory Size", "Shared Memory"]
      case .occupancy: ["Subgroups per SIMD", "Occupancy", "Max Waves Per Core", "Max warps/SM", "Threads"]
      case .instructions: ["Instructions", "Instruction Count", "Instruction count"]
      case .code: ["Code size", "Code Size", "Binary size", "Binary Size"]
      case .latency: ["Latency", "Static cycle count", "Estimated cycles"]
      case .inverseThroughput: ["Inverse Throughput"]
      }
    }
  }

  /// The shader, with the numbers that it was compiled for.
  public var name: String
  /// Invocations of a subgroup.
  public var subgroupSize: Int
  /// As the driver tells them, in its order.
  public var statistics: [Statistic]

  public init(name: String, subgroupSize: Int, statistics: [Statistic]) {
    self.name = name
    self.subgroupSize = subgroupSize
    self.statistics = statistics
  }

  /// A number under the field's name; nil where the driver does not tell it.
  public subscript(field: Field) -> Double? {
    let names = field.driverNames
    let found = statistics.filter { names.contains($0.name) }
    return found.isEmpty ? nil : found.reduce(0) { $0 + $1.value }
  }
}

/// A backend whose devices can say what their compilers made of kernels.
public protocol ReportingBackend: Backend {
  /// This backend, asking compilers for reports; without being asked, they need not gather any.
  func reporting() -> any Backend
}
