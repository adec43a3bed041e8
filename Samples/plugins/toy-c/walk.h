/// Goes through the indices of a shape in row-major order and knows an offset that moves along.
#pragma once

#include "toy.h"

typedef struct Walk {
  int32_t rank;
  int64_t dims[SFUMATO_MAX_RANK];
  int64_t strides[SFUMATO_MAX_RANK]; // of the offset, along each axis
  int64_t index[SFUMATO_MAX_RANK];
  int64_t offset;
} Walk;

/// Starts at element `position`. Of a shape with elements only.
static inline void walkTo(Walk *walk, int64_t position) {
  walk->offset = 0;
  for (int32_t axis = walk->rank - 1; axis >= 0; axis--) {
    walk->index[axis] = position % walk->dims[axis];
    position /= walk->dims[axis];
    walk->offset += walk->index[axis] * walk->strides[axis];
  }
}

/// To the next element, and from the last to the first.
static inline void walkOn(Walk *walk) {
  for (int32_t axis = walk->rank - 1; axis >= 0; axis--) {
    walk->offset += walk->strides[axis];
    if (++walk->index[axis] < walk->dims[axis]) return;
    walk->offset -= walk->strides[axis] * walk->dims[axis];
    walk->index[axis] = 0;
  }
}
