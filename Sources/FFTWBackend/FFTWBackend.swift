import CVectorKernels
import SfumatoBackend
import SfumatoGraph

/// The CPU: convolutions through FFTW or register tiles, whichever is cheaper, matrix products, and pointwise clusters block
/// by block in the cache.
public struct FFTWBackend: Backend {
  /// Settings of a device; the defaults are right for training.
  public struct Options: Hashable, Sendable {
    /// Threads that work on a step, nil for one a processor core. Results do not depend on it.
    public var threads: Int?
    /// How convolutions are computed where more than one algorithm is possible.
    public var convolution: ConvolutionMethod
    /// The instruction set, nil for the widest that the processor has.
    public var instructionSet: InstructionSet?
    /// The folder where measurements are remembered; nil for SFUMATO_CACHE, else `sfumato` in XDG_CACHE_HOME, else
    /// `~/.cache/sfumato`.
    public var cacheFolder: String?

    /// The default way of choosing looks at the geometry only: whoever calls a library may expect that it computes the same
    /// bits every time, and writes no files. What keeps `TunableDevice.tuning`, as training does, is better off with
    /// `.measured`.
    public init(
      threads: Int? = nil, convolution: ConvolutionMethod = .cheapest,
      instructionSet: InstructionSet? = nil, cacheFolder: String? = nil
    ) {
      self.threads = threads
      self.convolution = convolution
      self.instructionSet = instructionSet
      self.cacheFolder = cacheFolder
    }
  }

  /// Algorithms for a convolution and its gradients.
  public enum ConvolutionMethod: String, CaseIterable, Sendable {
    /// By a cost model, for each layer and pass: a function of the geometry and the batch alone, the same bits everywhere.
    case cheapest
    /// By a cost model, and where it sees several algorithms close to each other, by measuring them on this machine. What was
    /// measured is remembered in `Options.cacheFolder`; the same bits need what `TunableDevice.tuning` says.
    case measured
    /// Products of tiles in registers, always.
    case tiles
    /// Winograd's minimal filtering wherever it is possible: 3×3 taps at stride 1.
    case winograd
    /// Through FFTW wherever it is possible.
    case fourier
  }

  /// Instruction sets that the kernels are compiled for.
  public enum InstructionSet: String, CaseIterable, Sendable {
    case portable, avx2, avx512

    var kernels: UnsafePointer<VectorKernels>? {
      switch self {
      case .portable: vectorKernels(VectorISAPortable)
      case .avx2: vectorKernels(VectorISAAVX2)
      case .avx512: vectorKernels(VectorISAAVX512)
      }
    }

    /// The widest that this processor has.
    static var widest: InstructionSet { allCases.last { $0.isAvailable } ?? .portable }

    /// Whether this processor has it.
    public var isAvailable: Bool { kernels != nil }
  }

  public let name = "fftw"
  public let summary = "the CPU: convolutions through FFTW and register tiles, all cores"
  let options: Options

  public init(options: Options = Options()) { self.options = options }

  public func devices() throws -> [DeviceInfo] { [Self.info(threads: threadCount)] }

  public func open(_ index: Int) throws -> any Device { try openCPU(index) }

  /// As `open`, with the device's own type, which also tells where the time goes.
  public func openCPU(_ index: Int = 0) throws(BackendError) -> CPUDevice {
    guard index == 0 else {
      throw .unavailable(backend: name, problem: "there is no device \(index)", remedy: "device 0 is the CPU")
    }
    let chosen = options.instructionSet.map(\.kernels) ?? bestVectorKernels()
    guard let kernels = chosen else {
      throw .unavailable(
        backend: name, problem: "this processor has no \(options.instructionSet?.rawValue ?? "vector unit")",
        remedy: "leave the instruction set to be found")
    }
    guard let workers = Workers(count: threadCount) else {
      throw .unavailable(
        backend: name, problem: "\(threadCount) threads could not be started",
        remedy: "ask for fewer threads")
    }
    let set = options.instructionSet ?? InstructionSet.widest
    let cache = TuningCache(folder: options.cacheFolder, instructionSet: set, threads: threadCount)
    return CPUDevice(
      info: Self.info(threads: threadCount), kernels: kernels, pairs: pairKernels(kernels.pointee.isa),
      workers: workers, tuner: Tuner(options.convolution, cache: cache))
  }

  private var threadCount: Int { max(1, options.threads ?? Processor.coreCount) }

  private static func info(threads: Int) -> DeviceInfo {
    let set = InstructionSet.widest
    return DeviceInfo(
      backend: "fftw", index: 0, name: Processor.name, kind: .cpu,
      driver: "FFTW \(fourierLibraryVersion), \(set.rawValue), \(threads) thread\(threads == 1 ? "" : "s")",
      memory: Processor.availableMemory)
  }
}
