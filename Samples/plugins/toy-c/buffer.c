/// Memory: the toy's own, or the host's.
#include "toy.h"

#include <stdlib.h>
#include <string.h>

static sfumato_status makeBuffer(void *memory, size_t bytes, bool isImported, sfumato_buffer **buffer) {
  sfumato_buffer *made = malloc(sizeof *made);
  if (!made) return fail(SFUMATO_OUT_OF_MEMORY, "no memory for a buffer");
  *made = (sfumato_buffer){.memory = memory, .bytes = bytes, .isImported = isImported};
  *buffer = made;
  return SFUMATO_OK;
}

sfumato_status bufferCreate(sfumato_context *context, size_t bytes, sfumato_buffer **buffer) {
  (void)context;
  // An empty tensor has a place too.
  void *memory = calloc(bytes > 0 ? bytes : 1, 1);
  if (!memory) return fail(SFUMATO_OUT_OF_MEMORY, "no memory for a buffer of %zu bytes", bytes);
  const sfumato_status status = makeBuffer(memory, bytes, false, buffer);
  if (status != SFUMATO_OK) free(memory);
  return status;
}

sfumato_status bufferImport(sfumato_context *context, void *memory, size_t bytes, sfumato_buffer **buffer) {
  (void)context;
  return makeBuffer(memory, bytes, true, buffer);
}

void bufferDestroy(sfumato_context *context, sfumato_buffer *buffer) {
  (void)context;
  if (!buffer->isImported) free(buffer->memory);
  free(buffer);
}

static sfumato_status checkRange(const sfumato_buffer *buffer, size_t offset, size_t bytes) {
  if (offset <= buffer->bytes && bytes <= buffer->bytes - offset) return SFUMATO_OK;
  return fail(SFUMATO_ERROR, "%zu bytes at %zu are not in a buffer of %zu", bytes, offset, buffer->bytes);
}

sfumato_status bufferWrite(
    sfumato_context *context, sfumato_buffer *buffer, size_t offset, const void *from, size_t bytes) {
  (void)context;
  const sfumato_status status = checkRange(buffer, offset, bytes);
  // `from` may be NULL where there is nothing to copy, and memcpy must not see that.
  if (status == SFUMATO_OK && bytes > 0) memcpy((char *)buffer->memory + offset, from, bytes);
  return status;
}

sfumato_status bufferRead(sfumato_context *context, sfumato_buffer *buffer, size_t offset, void *to, size_t bytes) {
  (void)context;
  const sfumato_status status = checkRange(buffer, offset, bytes);
  if (status == SFUMATO_OK && bytes > 0) memcpy(to, (const char *)buffer->memory + offset, bytes);
  return status;
}
