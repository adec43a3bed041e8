/// Memory: this backend's own, or the host's.
#include "onednn.hpp"

#include <cstdlib>
#include <cstring>

sfumato_status bufferCreate(sfumato_context *, size_t bytes, sfumato_buffer **buffer) {
  return guarded([&] {
    sfumato_buffer made = {alignedMemory(bytes), bytes, false};
    std::memset(made.memory, 0, bytes);
    *buffer = new sfumato_buffer(made);
  });
}

sfumato_status bufferImport(sfumato_context *, void *memory, size_t bytes, sfumato_buffer **buffer) {
  return guarded([&] { *buffer = new sfumato_buffer{memory, bytes, true}; });
}

void bufferDestroy(sfumato_context *, sfumato_buffer *buffer) {
  if (!buffer->isImported) std::free(buffer->memory);
  delete buffer;
}

static char *range(const sfumato_buffer *buffer, size_t offset, size_t bytes) {
  if (offset > buffer->bytes || bytes > buffer->bytes - offset)
    throw Failure(SFUMATO_ERROR, "the range is not in a buffer of " + std::to_string(buffer->bytes) + " bytes");
  return static_cast<char *>(buffer->memory) + offset;
}

sfumato_status bufferWrite(sfumato_context *, sfumato_buffer *buffer, size_t offset, const void *from, size_t bytes) {
  return guarded([&] {
    char *to = range(buffer, offset, bytes);
    if (bytes > 0) std::memcpy(to, from, bytes);
  });
}

sfumato_status bufferRead(sfumato_context *, sfumato_buffer *buffer, size_t offset, void *to, size_t bytes) {
  return guarded([&] {
    const char *from = range(buffer, offset, bytes);
    if (bytes > 0) std::memcpy(to, from, bytes);
  });
}
