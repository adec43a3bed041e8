/// Nodes as C++ sees them, and which of them this backend runs.
#include "onednn.hpp"

#include <cstring>

static Dims dims(const sfumato_value &value) { return Dims(value.dims, value.dims + value.rank); }

Dims Node::input(uint32_t position) const { return dims(*program.values[node.inputs[position]]); }
Dims Node::output() const { return dims(*program.values[node.outputs[0]]); }

Dims Node::attribute(const char *key, uint32_t count) const {
  for (uint32_t i = 0; i < node.attribute_count; i++) {
    const sfumato_attribute &found = *node.attributes[i];
    if (std::strcmp(found.key, key) == 0 && found.kind == SFUMATO_ATTRIBUTE_INTS && found.count == count)
      return Dims(found.ints, found.ints + count);
  }
  throw Failure(SFUMATO_ERROR, std::string(node.name) + " has no attribute " + key);
}

static bool isPlainValue(const sfumato_value &value) {
  if (value.dtype != SFUMATO_F32) return false;
  for (int32_t axis = 0; axis < value.rank; axis++)
    if (value.dims[axis] == 0) return false;
  return true;
}

bool Node::isPlain() const {
  for (uint32_t i = 0; i < node.input_count; i++)
    if (!isPlainValue(*program.values[node.inputs[i]])) return false;
  return node.output_count == 1 && isPlainValue(*program.values[node.outputs[0]]);
}

static bool isKnown(const Node &node) {
  switch (node.node.op) {
    case SFUMATO_OP_MATMUL: return node.isPlain();
    case SFUMATO_OP_CONV:
    case SFUMATO_OP_CONV_GRAD_INPUT:
    case SFUMATO_OP_CONV_GRAD_WEIGHT: return node.isPlain() && node.attribute("groups", 1)[0] == 1;
    default: return false;
  }
}

/// Regions are left whole: the CPU backend has kernels for them, which beat their parts even where oneDNN runs some.
sfumato_status nodeSupport(sfumato_context *, const sfumato_program *program, uint32_t index, int32_t *support) {
  return guarded([&] {
    const Node node = {*program, *program->nodes[index]};
    *support = isKnown(node) ? SFUMATO_SUPPORT_NATIVE : SFUMATO_SUPPORT_NONE;
  });
}
