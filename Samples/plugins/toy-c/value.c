/// Shapes and attributes.
#include "toy.h"

#include <string.h>

int64_t elementCount(const sfumato_value *value) {
  int64_t count = 1;
  for (int32_t axis = 0; axis < value->rank; axis++) count *= value->dims[axis];
  return count;
}

bool isSameShape(const sfumato_value *a, const sfumato_value *b) {
  if (a->rank != b->rank) return false;
  for (int32_t axis = 0; axis < a->rank; axis++)
    if (a->dims[axis] != b->dims[axis]) return false;
  return true;
}

void stridesOf(const sfumato_value *value, int64_t strides[SFUMATO_MAX_RANK]) {
  int64_t step = 1;
  for (int32_t axis = value->rank - 1; axis >= 0; axis--) {
    strides[axis] = step;
    step *= value->dims[axis];
  }
}

const int64_t *attribute(const sfumato_node *node, const char *key, uint32_t count) {
  for (uint32_t i = 0; i < node->attribute_count; i++) {
    const sfumato_attribute *found = node->attributes[i];
    if (strcmp(found->key, key) == 0 && found->kind == SFUMATO_ATTRIBUTE_INTS && found->count == count)
      return found->ints;
  }
  return NULL;
}
