import SfumatoCompiler
import SfumatoGraph

/// A device that works in the host's own memory, so that others can work beside it: on its states, or on some nodes of
/// its programs.
public protocol HostDevice: Device {
  /// States over memory that the caller owns and keeps for as long as the store and its steps live: one pointer a slot,
  /// aligned to 4 bytes at least.
  func makeState(_ slots: [StateSlot], over memory: [UnsafeMutableRawPointer]) throws -> any HostStateStore

  /// As `makeStep`, but the nodes of `foreign` are left to it.
  func makeStep(_ planned: PlannedProgram, state: any StateStore, foreign: any ForeignNodes) throws
    -> any Step
}

/// Named tensors in the host's memory.
public protocol HostStateStore: StateStore {
  /// Where a state lies. Throws `BackendError.mismatch` for an unknown name.
  func memory(of name: String) throws -> UnsafeMutableRawPointer
}

/// Somebody who runs some nodes of a program in place of the device.
public protocol ForeignNodes {
  /// Runs of consecutive nodes, in order and apart from each other.
  var segments: [Range<Int>] { get }

  /// What runs a segment: it reads and writes values at the places that `memory` tells.
  func makeRunner(
    _ segment: Range<Int>, memory: (ValueID) -> UnsafeMutableRawPointer
  ) throws -> () throws -> Void
}
