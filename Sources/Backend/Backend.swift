import SfumatoCompiler
import SfumatoGraph

/// A way of running programs: a family of devices.
public protocol Backend: Sendable {
  /// The name by which it is chosen.
  var name: String { get }
  /// One line for people.
  var summary: String { get }
  /// The devices that are there now. No device is no error, a broken installation is.
  func devices() throws -> [DeviceInfo]
  /// Opens the device with this number in `devices()`.
  func open(_ index: Int) throws -> any Device
}

/// What is known of a device before it is opened.
public struct DeviceInfo: Hashable, Sendable {
  public enum Kind: String, Sendable {
    case discreteGPU = "discrete GPU"
    case integratedGPU = "integrated GPU"
    case virtualGPU = "virtual GPU"
    /// A GPU interface that the CPU carries out; never chosen unless named.
    case software
    case cpu = "CPU"
    /// Neither a GPU nor the CPU.
    case accelerator
    case reference
  }

  public var backend: String
  public var index: Int
  public var name: String
  public var kind: Kind
  /// Driver or library, with its version.
  public var driver: String
  /// Bytes of memory that programs can use, when known.
  public var memory: Int?

  public init(backend: String, index: Int, name: String, kind: Kind, driver: String, memory: Int?) {
    self.backend = backend
    self.index = index
    self.name = name
    self.kind = kind
    self.driver = driver
    self.memory = memory
  }
}

/// An open device. Belongs to one thread at a time.
public protocol Device: AnyObject {
  var info: DeviceInfo { get }
  /// Whether this device has a kernel of its own for a region; the body of any other is inlined before planning.
  func supports(_ region: Region) -> Bool
  /// Whether the kernels of an operation with a result of this type also run the elementwise operations that follow, before
  /// they store anything; a program then has both as one region, `EpilogueRegion`.
  func takesEpilogue(_ op: Op, _ result: TensorType) -> Bool
  /// Whether the kernels of a reduction of this type also run the elementwise operations that yield its operand; a program then
  /// has both as one region, `PrologueRegion`.
  func takesPrologue(_ op: Op, _ operand: TensorType) -> Bool
  /// Whether tensors can be of this type.
  func stores(_ dtype: DType) -> Bool
  /// Bytes of the largest piece of memory, a multiple of 256, where a step's arena may have to be had in several; nil where it
  /// is always one.
  var arenaPage: Int? { get }
  /// Memory for named tensors that outlive steps, filled with zeros.
  func makeState(_ slots: [StateSlot]) throws -> any StateStore
  /// Makes a program ready to run over `state`, which must come from this device and have every state of the
  /// program by name and type.
  func makeStep(_ planned: PlannedProgram, state: any StateStore) throws -> any Step
}

extension Device {
  public func takesEpilogue(_ op: Op, _ result: TensorType) -> Bool { false }
  public func takesPrologue(_ op: Op, _ operand: TensorType) -> Bool { false }
  public func stores(_ dtype: DType) -> Bool { true }
  public var arenaPage: Int? { nil }
}

/// A named tensor of a state store.
public struct StateSlot: Hashable, Sendable {
  public var name: String
  public var type: TensorType
  public init(name: String, type: TensorType) {
    self.name = name
    self.type = type
  }
}

/// Named tensors on a device.
public protocol StateStore: AnyObject {
  var slots: [StateSlot] { get }
  /// Throws `BackendError.mismatch` for an unknown name or another type.
  func write(_ name: String, _ tensor: HostTensor) throws
  /// Waits for steps that may still write the tensor.
  func read(_ name: String) throws -> HostTensor
}

/// A program ready to run. The same inputs and state give the same bits, always.
public protocol Step: AnyObject {
  var planned: PlannedProgram { get }
  /// Runs the program once. Inputs are taken before this returns; the device may still work afterwards.
  func run(_ inputs: [String: HostTensor]) throws
  /// The program's outputs after the last run, for which this waits.
  func outputs() throws -> [String: HostTensor]
  /// What a run asks of the device; nil where a backend does not count.
  var statistics: StepStatistics? { get }
  /// Runs the program once, as `run` does, waits for its end and tells where the time went; nil, without having run
  /// anything, where a backend knows nothing of single kernels.
  func profile(_ inputs: [String: HostTensor]) throws -> StepProfile?
  /// Bytes of memory that a run takes beside what was planned; 0 where none, or where a backend does not say.
  var workspaceByteCount: Int { get }
  /// What people should know about how this step runs, a line each.
  var notes: [String] { get }
  /// What the device's compiler says of the kernels, each once; empty where a `ReportingBackend` was not asked, or does not know.
  var kernelReports: [KernelReport] { get throws }
}

/// What one run of a step asks of a device.
public struct StepStatistics: Hashable, Sendable {
  /// Kernels started.
  public var dispatches: Int
  /// Copies and fills.
  public var transfers: Int
  /// Points at which later work waits for earlier work.
  public var barriers: Int
  /// Pieces of work handed to the driver.
  public var submissions: Int
  /// What kernels, copies and fills read from memory and write to it, each tensor counted once a kernel that binds it.
  public var traffic: MemoryTraffic

  public init(
    dispatches: Int, transfers: Int, barriers: Int, submissions: Int, traffic: MemoryTraffic
  ) {
    self.dispatches = dispatches
    self.transfers = transfers
    self.barriers = barriers
    self.submissions = submissions
    self.traffic = traffic
  }

  public static func + (a: StepStatistics, b: StepStatistics) -> StepStatistics {
    StepStatistics(
      dispatches: a.dispatches + b.dispatches, transfers: a.transfers + b.transfers,
      barriers: a.barriers + b.barriers, submissions: a.submissions + b.submissions,
      traffic: a.traffic + b.traffic)
  }
}

extension Step {
  public var statistics: StepStatistics? { nil }
  public func profile(_ inputs: [String: HostTensor]) throws -> StepProfile? { nil }
  public var workspaceByteCount: Int { 0 }
  public var notes: [String] { [] }
  public var kernelReports: [KernelReport] { [] }

  /// Throws `BackendError.mismatch` unless `inputs` holds every input of the program with its type.
  public func check(_ inputs: [String: HostTensor]) throws(BackendError) {
    for port in planned.program.inputs {
      let expected = planned.program[port.value]
      let found = inputs[port.name]?.type
      if found != expected {
        throw .mismatch(
          name: port.name, found: found.map { "\($0)" } ?? "nothing", expected: "\(expected)")
      }
    }
  }
}
