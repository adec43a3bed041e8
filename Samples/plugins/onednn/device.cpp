/// One device: the CPU, as oneDNN uses it.
#include "onednn.hpp"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <omp.h>

static void check(uint32_t index) {
  if (index != 0) throw Failure(SFUMATO_ERROR, "there is no device " + std::to_string(index) + ", only device 0");
}

sfumato_status deviceCount(uint32_t *count) {
  *count = 1;
  return SFUMATO_OK;
}

sfumato_status deviceInfo(uint32_t index, sfumato_device_info *info) {
  return guarded([&] {
    check(index);
    const dnnl_version_t *version = dnnl_version();
    std::snprintf(info->name, sizeof info->name, "the CPU, by oneDNN");
    std::snprintf(
        info->driver, sizeof info->driver, "oneDNN %d.%d.%d", version->major, version->minor, version->patch);
    info->kind = SFUMATO_DEVICE_CPU;
    info->memory = 0;
  });
}

sfumato_status contextCreate(uint32_t index, const sfumato_context_options *options, sfumato_context **context) {
  return guarded([&] {
    check(index);
    if (options->threads > 0) omp_set_num_threads(static_cast<int>(options->threads));
    *context = new sfumato_context;
  });
}

void contextDestroy(sfumato_context *context) { delete context; }

void *alignedMemory(size_t bytes) {
  const size_t line = 64;
  // An empty tensor has a place too.
  void *memory = std::aligned_alloc(line, (bytes / line + 1) * line);
  if (!memory) throw Failure(SFUMATO_OUT_OF_MEMORY, "no memory for " + std::to_string(bytes) + " bytes");
  return memory;
}

void Workspace::grow(size_t bytes) {
  if (bytes <= size) return;
  char *larger = static_cast<char *>(alignedMemory(bytes));
  std::free(memory);
  memory = larger;
  size = bytes;
}

Workspace::~Workspace() { std::free(memory); }
