#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include "CPluginProbe.h"
#include "sfumato_backend.h"

#define REFUSE(...)                        \
  do {                                     \
    snprintf(message, size, __VA_ARGS__);  \
    return NULL;                           \
  } while (0)

/// The first required function that is missing, or NULL.
static const char *missingFunction(const sfumato_backend *b) {
  if (!b->error) return "error";
  if (!b->device_count) return "device_count";
  if (!b->device_info) return "device_info";
  if (!b->context_create) return "context_create";
  if (!b->context_destroy) return "context_destroy";
  if (!b->buffer_create) return "buffer_create";
  if (!b->buffer_destroy) return "buffer_destroy";
  if (!b->buffer_write) return "buffer_write";
  if (!b->buffer_read) return "buffer_read";
  if (!b->node_support) return "node_support";
  if (!b->program_compile) return "program_compile";
  if (!b->program_destroy) return "program_destroy";
  if (!b->submit) return "submit";
  if (!b->wait) return "wait";
  return NULL;
}

static int isName(const char *name) {
  const size_t length = strlen(name);
  const char *allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
  return length > 0 && length < 64 && strspn(name, allowed) == length;
}

const void *loadPlugin(const char *path, uint32_t major, uint32_t minor, char *message, size_t size) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!library) REFUSE("it cannot be loaded: %s", dlerror());
  sfumato_backend_query_function query;
  void *symbol = dlsym(library, "sfumato_backend_query");
  if (!symbol) REFUSE("it is no backend: it has no symbol sfumato_backend_query");
  memcpy(&query, &symbol, sizeof query);
  const sfumato_backend *backend = query(major, minor);
  if (!backend) REFUSE("it does not work with interface %u.%u of this program; a newer sfumato may be needed", major, minor);
  if (backend->struct_size < offsetof(sfumato_backend, minor) + sizeof backend->minor)
    REFUSE("its table has %zu bytes, which is not even a version", backend->struct_size);
  if (backend->major != major)
    REFUSE("it was built for interface %u.%u, this program has %u.%u", backend->major, backend->minor, major, minor);
  const size_t required = offsetof(sfumato_backend, buffer_import);
  if (backend->struct_size < required)
    REFUSE("its table has %zu bytes, but version %u.%u needs at least %zu", backend->struct_size, major, backend->minor,
           required);
  if (!backend->name || !isName(backend->name))
    REFUSE("its name is not made of 1 to 63 letters, digits, '-' and '_'");
  if (!backend->version || !backend->summary) REFUSE("its version or summary is missing");
  const char *missing = missingFunction(backend);
  if (missing) REFUSE("its function %s is missing", missing);
  return backend;
}
