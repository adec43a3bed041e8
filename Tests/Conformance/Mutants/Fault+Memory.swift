import SfumatoCompiler
import SfumatoGraph

/// Faults of what is where, and when.
extension Fault {
  /// A node that runs before the one whose result it reads, as without a barrier between them.
  static let droppedOrdering = Fault(
    name: "dropped ordering",
    plan: { planned in
      let producers = planned.program.producers(), plan = planned.plan
      for (consumer, node) in planned.program.nodes.enumerated() where !plan.isElided[consumer] {
        for input in node.inputs where plan[input].base == .arena {
          guard let producer = producers[input.index], !plan.isElided[producer] else { continue }
          var (program, swapped) = (planned.program, plan)
          program.nodes.swapAt(producer, consumer)
          swapped.isElided.swapAt(producer, consumer)
          return PlannedProgram(program: program, plan: swapped)
        }
      }
      return nil
    })

  /// The last kernel writes one element behind its result.
  static let writePastEnd = Fault(
    name: "write one past the end",
    plan: { planned in
      let program = planned.program, plan = planned.plan
      let last = program.nodes.indices.last { index in
        let node = program.nodes[index]
        guard !plan.isElided[index], let output = node.outputs.first else { return false }
        return plan[output].base == .arena && program[output].dtype.byteSize == 4 && node.op.name != "concat"
      }
      guard let last else { return nil }
      let output = program.nodes[last].outputs[0]
      var (changed, moved) = (program, plan)
      changed.values.append(TensorType(.i32, [1]))
      let extra = ValueID(changed.values.count - 1)
      changed.nodes.insert(Node(op: .iota(axis: 0, [1]), inputs: [], outputs: [extra]), at: last + 1)
      moved.isElided.insert(false, at: last + 1)
      moved.locations.append(
        .init(base: .arena, byteOffset: plan[output].byteOffset + program[output].byteCount))
      moved.arenaByteCount = max(plan.arenaByteCount, moved[extra].byteOffset + 4)
      // Places of constants are numbers of nodes.
      for index in moved.locations.indices {
        if case .constant(let node) = moved.locations[index].base, node > last {
          moved.locations[index].base = .constant(node + 1)
        }
      }
      return PlannedProgram(program: changed, plan: moved)
    })

  /// An input is read from one element further on, if there is memory.
  static let readPastEnd = Fault(
    name: "read one past the end",
    plan: { planned in
      let program = planned.program
      let views = program.nodes.indices.compactMap { index -> ValueID? in
        let value = program.nodes[index].outputs.first
        guard planned.plan.isElided[index], let value, case .input(let number) = planned.plan[value].base
        else { return nil }
        let whole = program[program.inputs[number].value]
        let end = planned.plan[value].byteOffset + program[value].byteCount
        return end < whole.byteCount ? value : nil
      }
      guard let view = views.last else { return nil }
      var plan = planned.plan
      plan.locations[view.index].byteOffset += program[view].dtype.byteSize
      return PlannedProgram(program: program, plan: plan)
    })

  /// A transposition is done in place, in a state that is only read.
  static let overwrittenOperand = Fault(
    name: "overwritten operand",
    plan: { planned in
      let program = planned.program
      for node in program.nodes {
        guard case .transpose = node.op, case .state(let number) = planned.plan[node.inputs[0]].base,
          program.states[number].output == program.states[number].input
        else { continue }
        var plan = planned.plan
        plan.locations[node.outputs[0].index] = plan[node.inputs[0]]
        return PlannedProgram(program: program, plan: plan)
      }
      return nil
    }, concerns: { $0.test.operation == "transpose" })

  /// A replay that works on the first run's input.
  static let staleInput = Fault(name: "stale buffer on replay", run: .withOldInput)
}
