/// What the files of the toy share. `README.md` says which does what.
#pragma once

#include <sfumato_backend.h>
#include <stdbool.h>

// ---- error.c ----

/// Keeps this thread's text for `error` and hands back `status`.
sfumato_status fail(sfumato_status status, const char *format, ...);
const char *lastError(void);

// ---- device.c ----

sfumato_status deviceCount(uint32_t *count);
sfumato_status deviceInfo(uint32_t index, sfumato_device_info *info);
sfumato_status contextCreate(uint32_t index, const sfumato_context_options *options, sfumato_context **context);
void contextDestroy(sfumato_context *context);

// ---- buffer.c ----

struct sfumato_buffer {
  void *memory;
  size_t bytes;
  bool isImported;
};

sfumato_status bufferCreate(sfumato_context *context, size_t bytes, sfumato_buffer **buffer);
sfumato_status bufferImport(sfumato_context *context, void *memory, size_t bytes, sfumato_buffer **buffer);
void bufferDestroy(sfumato_context *context, sfumato_buffer *buffer);
sfumato_status bufferWrite(
    sfumato_context *context, sfumato_buffer *buffer, size_t offset, const void *from, size_t bytes);
sfumato_status bufferRead(sfumato_context *context, sfumato_buffer *buffer, size_t offset, void *to, size_t bytes);

// ---- value.c ----

/// Every element of the toy's tensors is one of these: a float, or a bool's 0 or 1.
typedef union Word {
  float real;
  uint32_t bits;
} Word;

int64_t elementCount(const sfumato_value *value);
bool isSameShape(const sfumato_value *a, const sfumato_value *b);
/// How far apart neighbours along each axis lie, in elements.
void stridesOf(const sfumato_value *value, int64_t strides[SFUMATO_MAX_RANK]);
/// A node's attribute of `count` whole numbers; NULL when there is none.
const int64_t *attribute(const sfumato_node *node, const char *key, uint32_t count);

// ---- program.c ----

/// A node that is ready to run.
typedef struct Step {
  void (*run)(const void *data);
  void *data;
} Step;

/// Zero-filled memory that lives as long as the executable; NULL when there is none left.
void *keep(sfumato_executable *executable, size_t bytes);

sfumato_status programCompile(
    sfumato_context *context, const sfumato_program *program, const sfumato_bindings *bindings,
    sfumato_executable **executable);
void programDestroy(sfumato_context *context, sfumato_executable *executable);
sfumato_status submit(sfumato_context *context, sfumato_executable *executable);
sfumato_status waitForAll(sfumato_context *context);

// ---- support.c ----

/// What the toy knows about one kind of node.
typedef struct Operation {
  /// Whether it can run this very node.
  bool (*knows)(const sfumato_program *program, const sfumato_node *node);
  /// Makes it ready. `memory` says where each value of the program lies. False when memory runs out.
  bool (*make)(
      const sfumato_program *program, const sfumato_node *node, void *const *memory, sfumato_executable *executable,
      Step *step);
} Operation;

/// NULL for a node that the toy cannot run.
const Operation *findOperation(const sfumato_program *program, const sfumato_node *node);
sfumato_status nodeSupport(sfumato_context *context, const sfumato_program *program, uint32_t node, int32_t *support);

// ---- elementwise.c, movement.c, reduction.c, matmul.c ----

extern const Operation elementwiseOperation, constantOperation, copyOperation, transposeOperation, sumOperation,
    matmulOperation;
