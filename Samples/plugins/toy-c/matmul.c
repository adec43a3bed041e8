/// Matrix products, a row at a time, summed in double.
#include "toy.h"

#include <string.h>

typedef struct Matmul {
  const float *a, *b;
  float *result;
  double *row; // of the result, while it is summed
  int64_t batch, m, k, n;
  int64_t aRow, aColumn, bRow, bColumn; // strides
} Matmul;

static void runMatmul(const void *data) {
  const Matmul *p = data;
  for (int64_t i = 0; i < p->batch * p->m; i++) {
    const int64_t matrix = i / p->m;
    const float *a = p->a + matrix * p->m * p->k + i % p->m * p->aRow, *b = p->b + matrix * p->k * p->n;
    for (int64_t j = 0; j < p->n; j++) p->row[j] = 0;
    for (int64_t l = 0; l < p->k; l++) {
      const double factor = (double)a[l * p->aColumn];
      for (int64_t j = 0; j < p->n; j++) p->row[j] += factor * (double)b[l * p->bRow + j * p->bColumn];
    }
    for (int64_t j = 0; j < p->n; j++) p->result[i * p->n + j] = (float)p->row[j];
  }
}

static bool knowsMatmul(const sfumato_program *program, const sfumato_node *node) {
  return program->values[node->inputs[0]]->dtype == SFUMATO_F32 && attribute(node, "transpose_a", 1) &&
         attribute(node, "transpose_b", 1);
}

static bool makeMatmul(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  const sfumato_value *a = program->values[node->inputs[0]], *result = program->values[node->outputs[0]];
  const bool isATransposed = *attribute(node, "transpose_a", 1) != 0;
  const bool isBTransposed = *attribute(node, "transpose_b", 1) != 0;
  const int32_t rank = result->rank;
  Matmul *p = keep(executable, sizeof *p);
  if (!p) return false;
  p->a = memory[node->inputs[0]];
  p->b = memory[node->inputs[1]];
  p->result = memory[node->outputs[0]];
  p->batch = 1;
  for (int32_t axis = 0; axis < rank - 2; axis++) p->batch *= result->dims[axis];
  p->m = result->dims[rank - 2];
  p->n = result->dims[rank - 1];
  p->k = a->dims[isATransposed ? rank - 2 : rank - 1];
  p->aRow = isATransposed ? 1 : p->k;
  p->aColumn = isATransposed ? p->m : 1;
  p->bRow = isBTransposed ? 1 : p->n;
  p->bColumn = isBTransposed ? p->k : 1;
  p->row = keep(executable, (size_t)p->n * sizeof *p->row);
  if (!p->row) return false;
  *step = (Step){runMatmul, p};
  return true;
}

const Operation matmulOperation = {knowsMatmul, makeMatmul};
