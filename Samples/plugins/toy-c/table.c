/// The table of functions, and the one symbol that leads to it.
#include "toy.h"

#ifndef TOY_MINOR
#define TOY_MINOR SFUMATO_BACKEND_MINOR
#endif

static const sfumato_backend table = {
  .struct_size = sizeof table,
  .major = SFUMATO_BACKEND_MAJOR,
  .minor = TOY_MINOR,
  .name = "toy",
  .version = "1.0",
  .summary = "some operations in plain C on one thread, to learn from",
  .error = lastError,
  .device_count = deviceCount,
  .device_info = deviceInfo,
  .context_create = contextCreate,
  .context_destroy = contextDestroy,
  .buffer_create = bufferCreate,
  .buffer_destroy = bufferDestroy,
  .buffer_write = bufferWrite,
  .buffer_read = bufferRead,
  .node_support = nodeSupport,
  .program_compile = programCompile,
  .program_destroy = programDestroy,
  .submit = submit,
  .wait = waitForAll,
#ifndef TOY_NO_IMPORT
  .buffer_import = bufferImport,
#endif
};

const sfumato_backend *sfumato_backend_query(uint32_t host_major, uint32_t host_minor) {
  (void)host_minor; // The toy uses nothing that a later minor brought.
  return host_major == SFUMATO_BACKEND_MAJOR ? &table : NULL;
}
