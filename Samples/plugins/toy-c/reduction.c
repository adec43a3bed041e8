/// Sums along axes, in double, each in the order in which its elements lie.
#include "walk.h"

#include <string.h>

typedef struct Sum {
  const float *from;
  float *to;
  int64_t sums, terms;
  Walk kept;    // over the result's elements: where the terms of each begin
  Walk reduced; // over the terms of one
} Sum;

static void runSum(const void *data) {
  const Sum *sum = data;
  if (sum->sums == 0) return;
  Walk kept = sum->kept, reduced = sum->reduced;
  walkTo(&kept, 0);
  for (int64_t i = 0; i < sum->sums; i++) {
    double total = 0;
    if (sum->terms > 0) walkTo(&reduced, 0);
    for (int64_t term = 0; term < sum->terms; term++) {
      total += (double)sum->from[kept.offset + reduced.offset];
      walkOn(&reduced);
    }
    sum->to[i] = (float)total;
    walkOn(&kept);
  }
}

/// The attribute `axes`, which may be of any length; NULL when it is missing.
static const sfumato_attribute *axesOf(const sfumato_node *node) {
  for (uint32_t i = 0; i < node->attribute_count; i++)
    if (strcmp(node->attributes[i]->key, "axes") == 0 && node->attributes[i]->kind == SFUMATO_ATTRIBUTE_INTS)
      return node->attributes[i];
  return NULL;
}

static bool knowsSum(const sfumato_program *program, const sfumato_node *node) {
  return program->values[node->inputs[0]]->dtype == SFUMATO_F32 && axesOf(node);
}

static bool makeSum(
    const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
    Step *step) {
  const sfumato_value *x = program->values[node->inputs[0]];
  const sfumato_attribute *axes = axesOf(node);
  Sum *sum = keep(executable, sizeof *sum);
  if (!sum) return false;
  bool isReduced[SFUMATO_MAX_RANK] = {false};
  for (uint32_t i = 0; i < axes->count; i++) isReduced[axes->ints[i]] = true;
  int64_t strides[SFUMATO_MAX_RANK];
  stridesOf(x, strides);
  *sum = (Sum){.from = memory[node->inputs[0]], .to = memory[node->outputs[0]], .sums = 1, .terms = 1};
  for (int32_t axis = 0; axis < x->rank; axis++) {
    Walk *walk = isReduced[axis] ? &sum->reduced : &sum->kept;
    walk->dims[walk->rank] = x->dims[axis];
    walk->strides[walk->rank++] = strides[axis];
    *(isReduced[axis] ? &sum->terms : &sum->sums) *= x->dims[axis];
  }
  *step = (Step){runSum, sum};
  return true;
}

const Operation sumOperation = {knowsSum, makeSum};
