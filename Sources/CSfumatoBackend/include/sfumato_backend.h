/* The interface between Sfumato and a backend in a shared library. C11, no dependencies.
 *
 * A backend compiles and runs programs. A program is a static graph of tensors: a whole training step, say. The
 * library exports one symbol, `sfumato_backend_query`, which answers a table of functions; everything else goes
 * through that table. `docs/write-a-backend.md` builds a backend step by step.
 *
 * Versions. The major number must be equal on both sides. A newer minor number only appends: fields at the end of
 * structs, optional functions at the end of the table, operations, attributes. Every struct begins with its size as
 * the side that filled it knew it; a field beyond that size is not there. Who is asked to fill a struct must not
 * write beyond the size that it finds.
 *
 * Lifetimes. What a function is handed is valid until it returns, unless said otherwise. What the table points to is
 * valid for ever: the library is never unloaded.
 *
 * Threads. A context and everything made in it is used by one thread at a time, not always the same one. Different
 * contexts may be used at the same time. Table functions without a context may be called from any thread.
 *
 * Errors. A function that can fail returns a status. Anything but SFUMATO_OK means that nothing was made and nothing
 * handed out; the text for people is asked for with `error`, on the same thread, before any other call. A backend
 * must not end the process, throw across this interface, or write to standard output.
 */
#ifndef SFUMATO_BACKEND_H
#define SFUMATO_BACKEND_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define SFUMATO_BACKEND_MAJOR 1
#define SFUMATO_BACKEND_MINOR 1

/* ---- Answers ---- */

typedef enum sfumato_status {
  SFUMATO_OK = 0,
  SFUMATO_ERROR = 1,         /* anything that has no code of its own */
  SFUMATO_UNSUPPORTED = 2,   /* the backend cannot do this; the host may do it elsewhere */
  SFUMATO_OUT_OF_MEMORY = 3, /* of the device or of the host */
  SFUMATO_DEVICE_LOST = 4,   /* the context is of no use any more */
} sfumato_status;

typedef enum sfumato_device_kind {
  SFUMATO_DEVICE_CPU = 0,
  SFUMATO_DEVICE_DISCRETE_GPU = 1,
  SFUMATO_DEVICE_INTEGRATED_GPU = 2,
  SFUMATO_DEVICE_VIRTUAL_GPU = 3,
  SFUMATO_DEVICE_SOFTWARE = 4, /* an interface for GPUs that the CPU carries out */
  SFUMATO_DEVICE_OTHER = 5,    /* any other accelerator */
} sfumato_device_kind;

/* Who runs a node. */
typedef enum sfumato_support {
  SFUMATO_SUPPORT_NONE = 0,   /* not this backend: the host runs the node on the CPU */
  SFUMATO_SUPPORT_BODY = 1,   /* regions only: not as a whole, ask for the nodes of its body */
  SFUMATO_SUPPORT_NATIVE = 2, /* this backend */
} sfumato_support;

/* ---- Tensors ----
 * Contiguous, row-major, little-endian. Images are (N, H, W, C), convolution kernels (O, kh, kw, I). */

typedef enum sfumato_dtype {
  SFUMATO_F32 = 0,
  SFUMATO_F16 = 1,  /* IEEE binary16; arithmetic on it is done in at least f32 and rounded */
  SFUMATO_BF16 = 2, /* the upper half of an f32; likewise */
  SFUMATO_I32 = 3,
  SFUMATO_U32 = 4,
  SFUMATO_BOOL = 5, /* a 32-bit word, 0 or 1 */
} sfumato_dtype;

enum { SFUMATO_MAX_RANK = 8 };

typedef struct sfumato_value {
  size_t struct_size;
  int32_t dtype; /* sfumato_dtype */
  int32_t rank;  /* 0 is a scalar */
  int64_t dims[SFUMATO_MAX_RANK]; /* outermost first; an extent may be 0 */
} sfumato_value;

/* ---- Operations ----
 * x, y, … are the inputs in order, r is the output. Element types of inputs and output are equal unless said
 * otherwise. NaN and infinities go through arithmetic as IEEE 754 says. */

typedef enum sfumato_op {
  SFUMATO_OP_CONSTANT = 0, /* no inputs; `data` has the elements: all of them, or one that is repeated */
  /* Elementwise, floats. */
  SFUMATO_OP_EXP = 1, SFUMATO_OP_LOG = 2, SFUMATO_OP_SIN = 3, SFUMATO_OP_COS = 4, SFUMATO_OP_TANH = 5,
  SFUMATO_OP_SQRT = 6, SFUMATO_OP_RECIPROCAL = 7,
  /* Elementwise, two of the same type and shape. Whole numbers wrap around. MAX of a NaN is NaN. LESS and EQUAL
   * yield a bool. */
  SFUMATO_OP_ADD = 8, SFUMATO_OP_MUL = 9, SFUMATO_OP_MAX = 10, SFUMATO_OP_POW = 11, SFUMATO_OP_LESS = 12,
  SFUMATO_OP_EQUAL = 13,
  /* To r's type. Float to whole number truncates and stays in the type's range, NaN gives 0; whole numbers wrap into
   * each other; to bool is x != 0. */
  SFUMATO_OP_CAST = 14,
  SFUMATO_OP_SELECT = 15, /* (bool c, x, y): x where c holds, else y */
  /* `axes`, ascending, maybe none: reduced, and kept with extent 1. The sum of nothing is 0, the maximum of nothing
   * -infinity or the least whole number. */
  SFUMATO_OP_REDUCE_SUM = 16, SFUMATO_OP_REDUCE_MAX = 17,
  SFUMATO_OP_RESHAPE = 18,   /* the same elements in r's shape */
  SFUMATO_OP_TRANSPOSE = 19, /* `permutation`: axis i of r is axis permutation[i] of x */
  SFUMATO_OP_BROADCAST = 20, /* to r's shape, of the same rank: extents of 1 are repeated */
  SFUMATO_OP_SLICE = 21,     /* `starts`, `limits`, `strides`: elements start, start + stride, … below limit */
  SFUMATO_OP_PAD = 22,       /* `low`, `high`, `interior`: zeros before, after, and between neighbours */
  SFUMATO_OP_CONCAT = 23,    /* `axis`: the inputs one after another */
  SFUMATO_OP_GATHER = 24,    /* (x [N, D…], i32 indices [K]) -> [K, D…]; out of range gives zeros */
  /* (i32 indices [K], x [K, D…]) -> [N, D…]; rows of equal index are added, in order, those out of range dropped. */
  SFUMATO_OP_SCATTER_ADD = 25,
  /* [B…, M, K] · [B…, K, N]; with `transpose_a` (0 or 1) x is [B…, K, M], with `transpose_b` y is [B…, N, K]. */
  SFUMATO_OP_MATMUL = 26,
  /* `strides` (h, w), `padding` (top, left, bottom, right), `groups`. With g = o / (O / groups), C the channels:
   *   CONV (x, w): r[n,p,q,o] = sum over r,s,c of x[n, p·sh + r − top, q·sw + s − left, g·C/groups + c] · w[o,r,s,c]
   * GRAD_INPUT (dr, w) and GRAD_WEIGHT (x, dr) are its gradients. */
  SFUMATO_OP_CONV = 27, SFUMATO_OP_CONV_GRAD_INPUT = 28, SFUMATO_OP_CONV_GRAD_WEIGHT = 29,
  SFUMATO_OP_IOTA = 30, /* no inputs; `axis`: each i32 element is its index along that axis */
  /* (u32 key [5]: seed low, seed high, step low, step high, first row) -> u32. `purpose`, `bits`. With R elements a
   * row (the product of the extents after the first), element i is word j mod 4, j = first row · R + i, of
   * Philox4x32-10(counter (low 32 bits of j / 4, purpose, step low, step high), key (seed low, seed high)), shifted
   * right by 32 − bits. */
  SFUMATO_OP_RANDOM_BITS = 31,
  SFUMATO_OP_STOP_GRADIENT = 32, /* x */
  /* A named sub-graph, whose meaning is `body`. `name` and `version` say which; see docs/write-a-backend.md. The region
   * `pointwise` is a fused cluster: its body has elementwise operations (also STOP_GRADIENT), broadcasts and constants
   * of one repeated element. Every value but the body's inputs has the one shape of its outputs; an input has that
   * shape, or is read by broadcasts only. Clusters are made last, so that for them BODY says no more than NONE. */
  SFUMATO_OP_REGION = 33,
  /* Since 1.1. */
  SFUMATO_OP_ERF = 34, /* elementwise, floats: the error function */
  /* `axis`, `reversed` (0 or 1): element i is the sum of the elements up to and with i along the axis, or, reversed, from i on. */
  SFUMATO_OP_CUMSUM = 35,
} sfumato_op;

typedef enum sfumato_attribute_kind {
  SFUMATO_ATTRIBUTE_INTS = 0,   /* `ints`, `count` of them; one for a plain number */
  SFUMATO_ATTRIBUTE_FLOAT = 1,  /* `real` */
  SFUMATO_ATTRIBUTE_STRING = 2, /* `text`, UTF-8, ends with 0 */
} sfumato_attribute_kind;

typedef struct sfumato_attribute {
  size_t struct_size;
  const char *key;
  int32_t kind; /* sfumato_attribute_kind */
  uint32_t count;
  const int64_t *ints;
  double real;
  const char *text;
} sfumato_attribute;

struct sfumato_program;

typedef struct sfumato_node {
  size_t struct_size;
  int32_t op;           /* sfumato_op; the host never hands a backend of an older minor an operation it does not know */
  int32_t version;      /* of a region */
  const char *name;     /* of the operation or region */
  const char *scope;    /* where in the model it was traced, for messages; may be empty */
  const uint32_t *inputs, *outputs; /* indices of values */
  uint32_t input_count, output_count;
  const sfumato_attribute *const *attributes;
  uint32_t attribute_count;
  uint32_t data_count;  /* CONSTANT: elements of `data`, 1 or all */
  const void *data;
  const struct sfumato_program *body; /* REGION; its inputs and outputs are the node's, in order; no states */
} sfumato_node;

typedef struct sfumato_port {
  size_t struct_size;
  const char *name;
  uint32_t value;  /* what it holds: an input before the run, an output after it, a state before it */
  uint32_t update; /* states only: what it holds after the run; equal to `value` where it is only read */
} sfumato_port;

/* Values are inputs, states, or outputs of exactly one node; nodes stand in an order in which every value is produced
 * before it is used. Arrays of pointers, so that structs may grow. */
typedef struct sfumato_program {
  size_t struct_size;
  const sfumato_value *const *values;
  const sfumato_node *const *nodes;
  const sfumato_port *const *inputs, *const *states, *const *outputs;
  uint32_t value_count, node_count, input_count, state_count, output_count;
} sfumato_program;

/* ---- The backend ---- */

typedef struct sfumato_context sfumato_context;       /* an open device */
typedef struct sfumato_buffer sfumato_buffer;         /* memory of a context */
typedef struct sfumato_executable sfumato_executable; /* a compiled program */

typedef struct sfumato_device_info {
  size_t struct_size; /* set by the host; the backend fills what fits */
  char name[256];
  char driver[256];   /* driver or library, with its version */
  int32_t kind;       /* sfumato_device_kind */
  uint32_t reserved;
  uint64_t memory;    /* bytes that programs can use; 0 when unknown */
} sfumato_device_info;

/* What the host wishes of a context. */
typedef struct sfumato_context_options {
  size_t struct_size;
  /* Threads of the CPU that the backend should use, 0 for as many as it likes. Between two of its programs the host's own
   * threads may work: threads that wait should sleep, not spin. */
  uint32_t threads;
  uint32_t reserved;
} sfumato_context_options;

/* The memory that a program works on: a buffer for each port, in the program's order, at least as large as its value.
 * One buffer may be bound by several programs, but stands only once in the bindings of each. */
typedef struct sfumato_bindings {
  size_t struct_size;
  sfumato_buffer *const *inputs, *const *states, *const *outputs;
} sfumato_bindings;

typedef struct sfumato_backend {
  size_t struct_size;
  uint32_t major, minor; /* of the interface that the backend was built for */
  const char *name;      /* by which people choose it: letters, digits, '-' and '_'; at most 63 */
  const char *version;   /* of the backend */
  const char *summary;   /* one line for people */

  /* The text of the last error on this thread. Never NULL; valid until the next call on this thread. */
  const char *(*error)(void);

  /* How many devices there are now. None is no error. */
  sfumato_status (*device_count)(uint32_t *count);
  /* What is known of device `index` before it is opened. */
  sfumato_status (*device_info)(uint32_t index, sfumato_device_info *info);

  /* Opens a device. `options` is never NULL. The host destroys everything made in a context before the context. */
  sfumato_status (*context_create)(uint32_t index, const sfumato_context_options *options, sfumato_context **context);
  void (*context_destroy)(sfumato_context *context);

  /* Memory on the device, zero-filled. `bytes` may be 0. */
  sfumato_status (*buffer_create)(sfumato_context *context, size_t bytes, sfumato_buffer **buffer);
  /* Not while an executable that binds it lives. */
  void (*buffer_destroy)(sfumato_context *context, sfumato_buffer *buffer);
  /* Copies bytes in and out. Both wait for submitted work that uses the buffer; the range lies within the buffer. */
  sfumato_status (*buffer_write)(
      sfumato_context *context, sfumato_buffer *buffer, size_t offset, const void *from, size_t bytes);
  sfumato_status (*buffer_read)(
      sfumato_context *context, sfumato_buffer *buffer, size_t offset, void *to, size_t bytes);

  /* Who runs node `node` of `program`: writes a sfumato_support. The answer depends on the node, its values' types and
   * nothing else: the program may be a whole one or this node alone, and need not be the one that is compiled. */
  sfumato_status (*node_support)(
      sfumato_context *context, const sfumato_program *program, uint32_t node, int32_t *support);

  /* Makes a program ready to run over `bindings`. Every node is one that `node_support` called native. The same
   * inputs and states must give the same bits at every run. The program is gone when this returns: copy what a run
   * needs, the data of constants too. */
  sfumato_status (*program_compile)(
      sfumato_context *context, const sfumato_program *program, const sfumato_bindings *bindings,
      sfumato_executable **executable);
  void (*program_destroy)(sfumato_context *context, sfumato_executable *executable);

  /* Starts a run: reads inputs and states, writes outputs, then states. An output that is a state's value before the
   * run holds that value. Runs take effect in the order of submission; this may return before a run is done. */
  sfumato_status (*submit)(sfumato_context *context, sfumato_executable *executable);
  /* Returns when all submitted work is done. */
  sfumato_status (*wait)(sfumato_context *context);

  /* ---- Optional: may be NULL ---- */

  /* A buffer over the host's own memory, for devices that can work on it directly. The memory outlives the buffer, is
   * aligned to the elements of its values and no more, and is used by others between runs, results too. The host reads
   * and writes it whenever no submitted work is under way. `buffer_destroy` leaves the memory alone. Where this is
   * there, nodes that the CPU runs for the backend cost no copies.
   * Over imported buffers, and in programs of one node only, memory may overlap in two ways. An output of an
   * elementwise operation or of `pointwise` may lie exactly in the memory of an input of its size that is not
   * broadcast, so read an element before you write it. An input of CONCAT may lie in the output already, exactly where
   * it belongs. */
  sfumato_status (*buffer_import)(sfumato_context *context, void *memory, size_t bytes, sfumato_buffer **buffer);

  /* A table of functions called `name` that this interface does not have, or NULL. */
  const void *(*extension)(const char *name);
} sfumato_backend;

/* The one symbol that a library exports. Answers its table, or NULL where it cannot work with this host: another
 * major, or a minor that is too old. Called once, before everything else. */
#if defined(_WIN32)
__declspec(dllexport)
#elif defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const sfumato_backend *sfumato_backend_query(uint32_t host_major, uint32_t host_minor);

typedef const sfumato_backend *(*sfumato_backend_query_function)(uint32_t host_major, uint32_t host_minor);

#ifdef __cplusplus
}
#endif
#endif
