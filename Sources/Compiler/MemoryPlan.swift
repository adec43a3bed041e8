import SfumatoGraph

/// Where every value of a program lives.
///
/// Values in the arena share memory when their lives do not overlap. Views (`reshape`, `stopGradient`, slices that are
/// contiguous, operands of a `concat` that lie contiguously in its result) have no memory of their own: their location
/// is inside another value's. A value may also take over the location of an operand that dies in its node; this
/// happens only between a pointwise node's output and an operand of the same type, so **a kernel of a pointwise
/// node must read every operand of an element (or block) before it writes any output of it**.
public struct MemoryPlan: Sendable, Equatable {
  /// A piece of memory.
  public enum Base: Hashable, Sendable {
    /// The program's input of this number.
    case input(Int)
    /// The program's state of this number.
    case state(Int)
    /// The constant that the node of this number yields.
    case constant(Int)
    /// The one arena for everything that lives within a step.
    case arena
  }

  /// A place in a piece of memory.
  public struct Location: Hashable, Sendable {
    public var base: Base
    public var byteOffset: Int
    public init(base: Base, byteOffset: Int) {
      self.base = base
      self.byteOffset = byteOffset
    }
  }

  /// The location of each value, by `ValueID.index`.
  public var locations: [Location]
  /// For each node whether there is nothing to run: its output is a view, or a constant.
  public var isElided: [Bool]
  /// States whose new value was not produced in place: after the last node, **and after the outputs have been taken**
  /// (one may be the old value of a state), copy each value to its state, in this order. Sources never lie in a
  /// state that an earlier copy overwrites.
  public var stateCopies: [(value: ValueID, state: Int)]
  /// Bytes of the arena.
  public var arenaByteCount: Int
  /// The arena may be cut at the multiples of so many bytes: only a value that is larger lies across one. Nil where it is in one
  /// piece.
  public var arenaPageByteCount: Int?
  /// The most bytes of arena values that live at one time: no plan without recomputation can do with less.
  public var lowerBound: Int
  /// Bytes if each value had memory of its own.
  public var naiveByteCount: Int

  public subscript(value: ValueID) -> Location { locations[value.index] }

  public static func == (a: MemoryPlan, b: MemoryPlan) -> Bool {
    a.locations == b.locations && a.isElided == b.isElided && a.arenaByteCount == b.arenaByteCount
      && a.stateCopies.map(\.value) == b.stateCopies.map(\.value)
      && a.stateCopies.map(\.state) == b.stateCopies.map(\.state)
  }
}

/// A program together with its memory plan: what a backend compiles.
public struct PlannedProgram: Sendable {
  public let program: Program
  public let plan: MemoryPlan

  public init(program: Program, plan: MemoryPlan) {
    self.program = program
    self.plan = plan
  }

  /// Bytes of the program's states.
  public var stateByteCount: Int { program.states.reduce(0) { $0 + program[$1.input].byteCount } }
  /// Bytes of the program's inputs.
  public var inputByteCount: Int { program.inputs.reduce(0) { $0 + program[$1.value].byteCount } }
  /// Bytes that running the program takes in all.
  public var byteCount: Int { plan.arenaByteCount + stateByteCount + inputByteCount }
}
