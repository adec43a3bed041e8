/// Operations that move elements: constant, reshape, stop gradient and transpose.
#include "walk.h"

#include <string.h>

static bool knowsAll(const sfumato_program *program, const sfumato_node *node) {
  (void)program;
  (void)node;
  return true;
}

// ---- Copies ----

typedef struct Copy {
  const void *from;
  void *to;
  size_t bytes;
} Copy;

static void runCopy(const void *data) {
  const Copy *copy = data;
  // In one piece of memory there may be nothing to do: a reshape can be a view.
  memmove(copy->to, copy->from, copy->bytes);
}

static bool makeCopy(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  Copy *copy = keep(executable, sizeof *copy);
  if (!copy) return false;
  *copy = (Copy){
    .from = memory[node->inputs[0]],
    .to = memory[node->outputs[0]],
    .bytes = (size_t)elementCount(program->values[node->outputs[0]]) * sizeof(Word),
  };
  *step = (Step){runCopy, copy};
  return true;
}

const Operation copyOperation = {knowsAll, makeCopy};

/// A constant is copied into its place at every run: between runs the place may be somebody else's.
static bool makeConstant(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  const size_t count = (size_t)elementCount(program->values[node->outputs[0]]);
  Copy *copy = keep(executable, sizeof *copy);
  Word *elements = keep(executable, count * sizeof *elements);
  if (!copy || !elements) return false;
  const Word *given = node->data; // It is the host's, and gone when compiling is done.
  for (size_t i = 0; i < count; i++) elements[i] = given[node->data_count == 1 ? 0 : i];
  *copy = (Copy){.from = elements, .to = memory[node->outputs[0]], .bytes = count * sizeof *elements};
  *step = (Step){runCopy, copy};
  return true;
}

const Operation constantOperation = {knowsAll, makeConstant};

// ---- Transpose ----

typedef struct Transpose {
  const Word *from;
  Word *to;
  int64_t count;
  Walk walk;
} Transpose;

static void runTranspose(const void *data) {
  const Transpose *transpose = data;
  if (transpose->count == 0) return;
  Walk walk = transpose->walk;
  walkTo(&walk, 0);
  for (int64_t i = 0; i < transpose->count; i++) {
    transpose->to[i] = transpose->from[walk.offset];
    walkOn(&walk);
  }
}

static bool knowsTranspose(const sfumato_program *program, const sfumato_node *node) {
  return attribute(node, "permutation", (uint32_t)program->values[node->inputs[0]]->rank) != NULL;
}

static bool makeTranspose(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  const sfumato_value *x = program->values[node->inputs[0]], *result = program->values[node->outputs[0]];
  const int64_t *permutation = attribute(node, "permutation", (uint32_t)x->rank);
  Transpose *transpose = keep(executable, sizeof *transpose);
  if (!transpose) return false;
  transpose->from = memory[node->inputs[0]];
  transpose->to = memory[node->outputs[0]];
  transpose->count = elementCount(result);
  transpose->walk.rank = result->rank;
  int64_t strides[SFUMATO_MAX_RANK];
  stridesOf(x, strides);
  for (int32_t axis = 0; axis < result->rank; axis++) {
    transpose->walk.dims[axis] = result->dims[axis];
    transpose->walk.strides[axis] = strides[permutation[axis]];
  }
  *step = (Step){runTranspose, transpose};
  return true;
}

const Operation transposeOperation = {knowsTranspose, makeTranspose};
