/// Which nodes the toy runs: one table, a row for each operation.
#include "toy.h"

#include <string.h>

/// By `sfumato_op`. A region is `pointwise` here; of other regions the toy takes the parts.
static const Operation *const operations[] = {
  [SFUMATO_OP_CONSTANT] = &constantOperation,
  [SFUMATO_OP_EXP] = &elementwiseOperation,
  [SFUMATO_OP_LOG] = &elementwiseOperation,
  [SFUMATO_OP_SIN] = &elementwiseOperation,
  [SFUMATO_OP_COS] = &elementwiseOperation,
  [SFUMATO_OP_TANH] = &elementwiseOperation,
  [SFUMATO_OP_SQRT] = &elementwiseOperation,
  [SFUMATO_OP_RECIPROCAL] = &elementwiseOperation,
  [SFUMATO_OP_ADD] = &elementwiseOperation,
  [SFUMATO_OP_MUL] = &elementwiseOperation,
  [SFUMATO_OP_MAX] = &elementwiseOperation,
  [SFUMATO_OP_POW] = &elementwiseOperation,
  [SFUMATO_OP_LESS] = &elementwiseOperation,
  [SFUMATO_OP_EQUAL] = &elementwiseOperation,
  [SFUMATO_OP_CAST] = &elementwiseOperation,
  [SFUMATO_OP_SELECT] = &elementwiseOperation,
  [SFUMATO_OP_BROADCAST] = &elementwiseOperation,
  [SFUMATO_OP_REDUCE_SUM] = &sumOperation,
  [SFUMATO_OP_RESHAPE] = &copyOperation,
  [SFUMATO_OP_STOP_GRADIENT] = &copyOperation,
  [SFUMATO_OP_TRANSPOSE] = &transposeOperation,
  [SFUMATO_OP_MATMUL] = &matmulOperation,
  [SFUMATO_OP_REGION] = &elementwiseOperation,
  [SFUMATO_OP_ERF] = &elementwiseOperation,
};

static bool isPointwise(const sfumato_node *node) {
  return node->op == SFUMATO_OP_REGION && node->version == 1 && strcmp(node->name, "pointwise") == 0;
}

/// Whether all that a node reads and writes is made of words that the toy knows.
static bool hasKnownTypes(const sfumato_program *program, const uint32_t *values, uint32_t count) {
  for (uint32_t i = 0; i < count; i++) {
    const int32_t type = program->values[values[i]]->dtype;
    if (type != SFUMATO_F32 && type != SFUMATO_BOOL) return false;
  }
  return true;
}

const Operation *findOperation(const sfumato_program *program, const sfumato_node *node) {
  if (node->op < 0 || (size_t)node->op >= sizeof operations / sizeof *operations) return NULL;
  const Operation *operation = operations[node->op];
  if (!operation || (node->op == SFUMATO_OP_REGION && !isPointwise(node))) return NULL;
  if (!hasKnownTypes(program, node->inputs, node->input_count)) return NULL;
  if (!hasKnownTypes(program, node->outputs, node->output_count)) return NULL;
  return operation->knows(program, node) ? operation : NULL;
}

sfumato_status nodeSupport(sfumato_context *context, const sfumato_program *program, uint32_t index, int32_t *support) {
  (void)context;
  const sfumato_node *node = program->nodes[index];
  if (findOperation(program, node))
    *support = SFUMATO_SUPPORT_NATIVE;
  else if (node->op == SFUMATO_OP_REGION && !isPointwise(node))
    *support = SFUMATO_SUPPORT_BODY;
  else
    *support = SFUMATO_SUPPORT_NONE;
  return SFUMATO_OK;
}
