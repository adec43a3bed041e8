/// What the files of this backend share. `README.md` says which does what.
#pragma once

#include <sfumato_backend.h>

#include <dnnl.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#if DNNL_VERSION_MAJOR != 2
#error "this backend is written for oneDNN 2, such as Debian 12 has"
#endif

// ---- error.cpp ----

/// What is thrown here becomes a status and a text at the border of the library: nothing may be thrown across it.
struct Failure : std::runtime_error {
  sfumato_status status;
  Failure(sfumato_status status, const std::string &text) : std::runtime_error(text), status(status) {}
};

/// Runs a function of the table.
sfumato_status guarded(const std::function<void()> &body) noexcept;
const char *lastError(void);

// ---- device.cpp ----

/// Memory that kernels need while they run and not afterwards. One step runs at a time, so all share it.
class Workspace {
 public:
  ~Workspace();
  /// Makes sure that there are so many bytes; what lay there is lost.
  void grow(size_t bytes);
  char *base() const { return memory; }

 private:
  char *memory = nullptr;
  size_t size = 0;
};

struct sfumato_context {
  dnnl::engine engine{dnnl::engine::kind::cpu, 0};
  dnnl::stream stream{engine};
  Workspace workspace;
};

sfumato_status deviceCount(uint32_t *count);
sfumato_status deviceInfo(uint32_t index, sfumato_device_info *info);
sfumato_status contextCreate(uint32_t index, const sfumato_context_options *options, sfumato_context **context);
void contextDestroy(sfumato_context *context);
/// At the boundaries that vector instructions like best. Throws when there is no memory left.
void *alignedMemory(size_t bytes);

// ---- buffer.cpp ----

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

// ---- node.cpp: nodes as C++ sees them ----

using Dims = dnnl::memory::dims;

/// A node with the types of its operands.
struct Node {
  const sfumato_program &program;
  const sfumato_node &node;

  Dims input(uint32_t position) const;
  Dims output() const;
  /// An attribute of `count` whole numbers; throws when there is none.
  Dims attribute(const char *key, uint32_t count) const;
  /// Whether every operand has elements, and all are f32.
  bool isPlain() const;
};

sfumato_status nodeSupport(sfumato_context *context, const sfumato_program *program, uint32_t node, int32_t *support);

// ---- step.cpp ----

/// The primitives of one node, with the memory that they work on.
class Step {
 public:
  explicit Step(sfumato_context &context) : context(context) {}

  /// Memory of a value of the program.
  dnnl::memory bound(const dnnl::memory::desc &type, void *place) const;
  /// Memory that is needed while the step runs.
  dnnl::memory temporary(const dnnl::memory::desc &type);
  /// `memory` itself where it is laid out as `type`, else a temporary with what it holds, put in order at every run.
  dnnl::memory reordered(const dnnl::memory &memory, const dnnl::memory::desc &type);
  void add(const dnnl::primitive &primitive, const std::unordered_map<int, dnnl::memory> &arguments);
  void run();

  /// Kernels find their scratch where the step says, for oneDNN's own belongs to the thread that made the primitive.
  static dnnl::primitive_attr attributes();

 private:
  struct Call {
    dnnl::primitive primitive;
    std::unordered_map<int, dnnl::memory> arguments;
  };
  struct Temporary {
    dnnl::memory memory;
    size_t offset;
  };

  sfumato_context &context;
  std::vector<Call> calls;
  std::vector<Temporary> temporaries;
  size_t workspaceSize = 0;
};

// ---- matmul.cpp, convolution.cpp ----

Step matmulStep(sfumato_context &context, const Node &node, void *const *memory);
Step convolutionStep(sfumato_context &context, const Node &node, void *const *memory);

// ---- program.cpp ----

sfumato_status programCompile(
    sfumato_context *context, const sfumato_program *program, const sfumato_bindings *bindings,
    sfumato_executable **executable);
void programDestroy(sfumato_context *context, sfumato_executable *executable);
sfumato_status submit(sfumato_context *context, sfumato_executable *executable);
sfumato_status waitForAll(sfumato_context *context);
