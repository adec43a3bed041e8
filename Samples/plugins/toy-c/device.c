/// One device: the thread that calls.
#include "toy.h"

#include <stdio.h>
#include <stdlib.h>

/// A backend for real hardware keeps its queue, its threads and its kernels here.
struct sfumato_context {
  uint32_t device;
};

sfumato_status deviceCount(uint32_t *count) {
  *count = 1;
  return SFUMATO_OK;
}

sfumato_status deviceInfo(uint32_t index, sfumato_device_info *info) {
  if (index != 0) return fail(SFUMATO_ERROR, "there is no device %u, only device 0", index);
  snprintf(info->name, sizeof info->name, "one thread of the CPU");
  snprintf(info->driver, sizeof info->driver, "toy 1.0");
  info->kind = SFUMATO_DEVICE_CPU;
  info->memory = 0;
  return SFUMATO_OK;
}

sfumato_status contextCreate(uint32_t index, const sfumato_context_options *options, sfumato_context **context) {
  (void)options; // There is one thread only.
  if (index != 0) return fail(SFUMATO_ERROR, "there is no device %u, only device 0", index);
  sfumato_context *made = malloc(sizeof *made);
  if (!made) return fail(SFUMATO_OUT_OF_MEMORY, "no memory for a context");
  made->device = index;
  *context = made;
  return SFUMATO_OK;
}

void contextDestroy(sfumato_context *context) { free(context); }
