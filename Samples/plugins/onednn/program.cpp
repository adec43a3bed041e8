/// Programs: every value gets a place, every node a step; a run is all steps, then the results to where they belong.
#include "onednn.hpp"

#include <cstdlib>
#include <cstring>
#include <memory>

namespace {

struct Transfer {
  const void *from;
  void *to;
  size_t bytes;
};

size_t byteCount(const sfumato_value &value) {
  size_t bytes = value.dtype == SFUMATO_F16 || value.dtype == SFUMATO_BF16 ? 2 : 4;
  for (int32_t axis = 0; axis < value.rank; axis++) bytes *= static_cast<size_t>(value.dims[axis]);
  return bytes;
}

}  // namespace

struct sfumato_executable {
  std::vector<Step> steps;
  /// Outputs that lie elsewhere, then states that must be saved from being overwritten, then states.
  std::vector<Transfer> transfers;
  std::vector<std::unique_ptr<void, void (*)(void *)>> pieces;

  void *keep(size_t bytes) {
    pieces.emplace_back(alignedMemory(bytes), std::free);
    return pieces.back().get();
  }

  sfumato_executable(sfumato_context &context, const sfumato_program &program, const sfumato_bindings &bindings) {
    std::vector<void *> memory = places(program, bindings);
    for (uint32_t i = 0; i < program.node_count; i++) {
      const Node node = {program, *program.nodes[i]};
      int32_t support = SFUMATO_SUPPORT_NONE;
      nodeSupport(&context, &program, i, &support);
      if (support != SFUMATO_SUPPORT_NATIVE)
        throw Failure(SFUMATO_UNSUPPORTED, std::string(node.node.name) + " is unknown");
      const bool isMatmul = node.node.op == SFUMATO_OP_MATMUL;
      steps.push_back(
          isMatmul ? matmulStep(context, node, memory.data()) : convolutionStep(context, node, memory.data()));
    }
    addStates(program, memory);
  }

  /// Inputs and states lie in their buffers, results of nodes in the buffer of the output that they are, or in memory of
  /// the executable. An output that has a place already is copied from there after the run.
  std::vector<void *> places(const sfumato_program &program, const sfumato_bindings &bindings) {
    std::vector<void *> memory(program.value_count, nullptr);
    for (uint32_t i = 0; i < program.input_count; i++)
      memory[program.inputs[i]->value] = bound(program, *program.inputs[i], bindings.inputs[i]);
    for (uint32_t i = 0; i < program.state_count; i++)
      memory[program.states[i]->value] = bound(program, *program.states[i], bindings.states[i]);
    for (uint32_t i = 0; i < program.output_count; i++) {
      const uint32_t value = program.outputs[i]->value;
      void *place = bound(program, *program.outputs[i], bindings.outputs[i]);
      if (memory[value])
        transfers.push_back({memory[value], place, byteCount(*program.values[value])});
      else
        memory[value] = place;
    }
    for (uint32_t i = 0; i < program.value_count; i++)
      if (!memory[i]) memory[i] = keep(byteCount(*program.values[i]));
    return memory;
  }

  static void *bound(const sfumato_program &program, const sfumato_port &port, const sfumato_buffer *buffer) {
    if (buffer->bytes < byteCount(*program.values[port.value]))
      throw Failure(SFUMATO_ERROR, std::string("the buffer of \"") + port.name + "\" is too small");
    return buffer->memory;
  }

  /// States are written last, for outputs may be what they held. Where one takes another's value, that is saved first.
  void addStates(const sfumato_program &program, const std::vector<void *> &memory) {
    std::vector<Transfer> writes;
    for (uint32_t i = 0; i < program.state_count; i++) {
      const sfumato_port &state = *program.states[i];
      if (state.update == state.value) continue;
      Transfer write = {memory[state.update], memory[state.value], byteCount(*program.values[state.value])};
      for (uint32_t j = 0; j < program.state_count; j++) {
        if (program.states[j]->value != state.update) continue;
        void *saved = keep(write.bytes);
        transfers.push_back({write.from, saved, write.bytes});
        write.from = saved;
        break;
      }
      writes.push_back(write);
    }
    transfers.insert(transfers.end(), writes.begin(), writes.end());
  }
};

sfumato_status programCompile(
    sfumato_context *context, const sfumato_program *program, const sfumato_bindings *bindings,
    sfumato_executable **executable) {
  return guarded([&] { *executable = new sfumato_executable(*context, *program, *bindings); });
}

void programDestroy(sfumato_context *, sfumato_executable *executable) { delete executable; }

sfumato_status submit(sfumato_context *context, sfumato_executable *executable) {
  return guarded([&] {
    for (Step &step : executable->steps) step.run();
    context->stream.wait();
    for (const Transfer &each : executable->transfers) std::memcpy(each.to, each.from, each.bytes);
  });
}

sfumato_status waitForAll(sfumato_context *) { return SFUMATO_OK; }
