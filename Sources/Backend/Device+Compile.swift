import SfumatoCompiler
import SfumatoGraph

extension Device {
  /// Optimizes and plans `program` for this device: regions that it has no kernel for are inlined.
  public func plan(_ program: Program, optimize: Bool = true) throws -> PlannedProgram {
    try SfumatoCompiler.compile(
      program, optimize: optimize, arenaPage: arenaPage, takesEpilogue: { self.takesEpilogue($0, $1) },
      takesPrologue: { self.takesPrologue($0, $1) },
      supports: { self.supports($0) })
  }

  /// Optimizes, plans and compiles `program`.
  public func makeStep(_ program: Program, state: any StateStore) throws -> any Step {
    try makeStep(plan(program), state: state)
  }

  /// Memory for the states of `program`.
  public func makeState(for program: Program) throws -> any StateStore {
    try makeState(program.states.map { StateSlot(name: $0.name, type: program[$0.input]) })
  }
}
