#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "UnaryFunctions.h"

// Single-precision kernels of the CPU backend, compiled once for each instruction set and chosen at
// run time. Pointers need the alignment of their element only. Matrices are row-major; strides and
// lengths count elements. A kernel handles the part of the work that it is given, so that the
// caller splits work over threads; none allocates, locks or keeps state.

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// The instruction sets that the kernels are compiled for.
typedef enum VectorISA : int32_t {
  VectorISAPortable = 0,
  VectorISAAVX2 = 1,
  VectorISAAVX512 = 2,
} VectorISA;

/// A convolution over one image in the form that the tile kernel runs: taps move over an input plane
/// that is zero outside its edges; output pixel (r, c) reads rows r * rowStride - padTop + 0 ..< tapRows.
typedef struct ConvTask {
  int64_t inRows, inCols;
  int64_t inChannels;     // channels read
  int64_t inPixel;        // elements from one input pixel to the next
  int64_t padTop, padLeft;  // may be negative: the taps then start inside the plane
  int64_t tapRows, tapCols;
  int64_t rowStride, colStride;
  int64_t outRows, outCols;
  int64_t outChannels;    // channels written
  int64_t outRow, outPixel; // elements from one output row / pixel to the next
} ConvTask;

/// A 3x3 convolution of stride 1 by tiles of 4x4 outputs, numbered row by row, image by image.
typedef struct WinogradTask {
  int64_t inRows, inCols, inChannels;
  int64_t padTop, padLeft;
  int64_t outRows, outCols, outChannels;
} WinogradTask;

/// The instructions of the block interpreter. Registers hold 32-bit lanes: float, int32 or uint32;
/// a bool is a uint32 of 0 or 1.
typedef enum BlockOp : int32_t {
#define NAMED(name, value) BlockOp##name,
  UNARY_FUNCTIONS(NAMED)
#undef NAMED
  BlockOpAdd, BlockOpMul, BlockOpMax, BlockOpPow, BlockOpLess, BlockOpEqual,
  BlockOpAddInt, BlockOpMulInt, BlockOpMaxInt, BlockOpMaxUInt, BlockOpPowInt, BlockOpPowUInt,
  BlockOpLessInt, BlockOpLessUInt, BlockOpEqualInt,
  BlockOpSelect, BlockOpMove,
  BlockOpFloatToInt, BlockOpFloatToUInt, BlockOpIntToFloat, BlockOpUIntToFloat, BlockOpNonZeroFloat,
  BlockOpNonZeroInt, BlockOpRoundF16, BlockOpRoundBF16,
  BlockOpMulAdd,  // a * b + c, rounded twice or once
} BlockOp;

typedef struct BlockInstruction {
  BlockOp op;
  int32_t result, a, b, c;
} BlockInstruction;

/// How an element is stored.
typedef enum ElementStorage : int32_t {
  ElementStorageWord = 0,  // float, int32, uint32, bool
  ElementStorageF16 = 1,
  ElementStorageBF16 = 2,
} ElementStorage;

enum { BlockRankLimit = 8, BlockRegisterLimit = 256 };

/// An operand of a block program: a tensor read through (possibly zero) strides into a register.
typedef struct BlockOperand {
  const void *_Nullable base;
  int32_t storage;
  int32_t rank;                     // 0: contiguous, element i of the result is element i of base
  int64_t shape[BlockRankLimit];    // the result's shape, neighbours of like stride merged
  int64_t strides[BlockRankLimit];  // 0 where the operand is repeated
  int64_t period;                   // >0: the operand repeats after so many elements
  int32_t reg;
} BlockOperand;

typedef struct BlockResult {
  void *base;
  int32_t storage;
  int32_t reg;
  bool direct;  // the register may be the tensor itself: word storage, and no operand overlaps it
} BlockResult;

typedef struct BlockProgram {
  const BlockInstruction *instructions;
  int32_t instructionCount;
  const BlockOperand *operands;
  int32_t operandCount;
  const BlockResult *results;
  int32_t resultCount;
  const uint32_t *constants;  // one a constant register, the registers 0 ..< constantCount
  int32_t constantCount;
  int32_t registerCount;
  int64_t block;  // elements a block, a multiple of every operand's period; at most 4096
} BlockProgram;

/// A strided copy: result and operand share `shape`; both walk their own strides.
typedef struct StridedCopy {
  int32_t rank;
  int32_t elementSize;  // 2 or 4
  int64_t shape[BlockRankLimit];
  int64_t from[BlockRankLimit];
  int64_t to[BlockRankLimit];
} StridedCopy;

/// A group normalisation over N images of `pixels` x `channels`.
typedef struct NormTask {
  int64_t pixels, channels, groups;
  float epsilon;
  bool silu;
} NormTask;

/// Attention of one image and head: `queries` rows over `keys` rows of `size` features each. Rows of all tensors are
/// `row` apart.
typedef struct AttentionTask {
  int64_t queries, keys, size;
  int64_t row;
  float scale;  // of the scores, before the softmax
} AttentionTask;

/// The kernels of one instruction set.
typedef struct VectorKernels {
  VectorISA isa;
  int32_t tileRows;     // rows of the largest tile
  int32_t panelWidth;   // columns of a packed panel of the right factor

  /// Packs B (k x n, element (i, j) at b[i * bRow + j * bCol]) into panels of panelWidth columns,
  /// zero-filled: panel p holds columns p * panelWidth onwards as k rows of panelWidth.
  void (*packPanels)(int64_t k, int64_t n, const float *b, int64_t bRow, int64_t bCol, float *panels);

  /// C (m x n) = A B, or += with accumulate. A's element (i, l) is a[i * aRow + l * aCol]; B is packed.
  void (*gemm)(
      int64_t m, int64_t n, int64_t k, const float *a, int64_t aRow, int64_t aCol, const float *panels,
      float *c, int64_t cRow, bool accumulate);

  /// C (m x n) = or += the sum over k steps of outer products: row l of a (k x m, rows aStep apart) times row l of b (k x n,
  /// rows bStep apart). For few results of many steps; nothing is packed.
  void (*gemmOuter)(
      int64_t m, int64_t n, int64_t k, const float *a, int64_t aStep, const float *b, int64_t bStep, float *c,
      int64_t cRow, bool accumulate);

  /// Element (j, i) of `to` = element (i, j) of `from` (rows x columns).
  void (*transpose)(int64_t rows, int64_t columns, const float *from, int64_t fromRow, float *to, int64_t toRow);

  /// Output rows rowBegin ..< rowEnd of one image. Weights are panels of (tapRows * tapCols *
  /// inChannels) x outChannels. `scratch` has convScratch(task, rows) floats.
  void (*conv)(
      const ConvTask *task, const float *in, const float *panels, const float *_Nullable bias, float *out,
      int64_t rowBegin, int64_t rowEnd, float *scratch);

  /// gradient += over output rows rowBegin ..< rowEnd of one image: gradient[o][tap][c] gets
  /// sum in(pixel moved by tap)[c] * out(pixel)[o], rows o of gradient `gradientRow` apart.
  void (*convGradWeight)(
      const ConvTask *task, const float *in, const float *outGradient, float *gradient, int64_t gradientRow,
      int64_t rowBegin, int64_t rowEnd, float *scratch);

  /// Runs a block program over the elements begin ..< end; begin is a multiple of every operand's period. `scratch`
  /// has registerCount * block words.
  void (*blocks)(const BlockProgram *program, int64_t begin, int64_t end, float *scratch);

  /// result[r] = sum (or maximum) of row r of x (rows x n).
  void (*sumRows)(int64_t rows, int64_t n, const float *x, float *result);
  void (*maxRows)(int64_t rows, int64_t n, const float *x, float *result);
  /// result[j] = sum (or maximum) over rows of x (rows x n, `row` apart); overwrites.
  void (*sumColumns)(int64_t rows, int64_t n, const float *x, int64_t row, float *result);
  void (*maxColumns)(int64_t rows, int64_t n, const float *x, int64_t row, float *result);

  void (*softmax)(int64_t rows, int64_t n, const float *x, float *y);
  void (*softmaxGrad)(int64_t rows, int64_t n, const float *y, const float *dy, float *dx);

  /// One image. `saved` gets mean and reciprocal deviation, a pair a group.
  void (*groupNorm)(
      const NormTask *task, const float *x, const float *gamma, const float *beta, float *y, float *scratch);
  /// One image: dx, and this image's part of dgamma and dbeta (overwritten).
  void (*groupNormGrad)(
      const NormTask *task, const float *x, const float *gamma, const float *beta, const float *dy, float *dx,
      float *dgamma, float *dbeta, float *scratch);

  /// Floats of scratch that the next two need.
  int64_t (*attentionScratch)(const AttentionTask *task);
  /// y = softmax(scale q k') v for the queries rowBegin ..< rowEnd.
  void (*attention)(
      const AttentionTask *task, const float *q, const float *k, const float *v, float *y, int64_t rowBegin,
      int64_t rowEnd, float *scratch);
  /// The gradients of q, k and v, from that of y; overwrites.
  void (*attentionGrad)(
      const AttentionTask *task, const float *q, const float *k, const float *v, const float *dy, float *dq, float *dk,
      float *dv, float *scratch);

  /// Conversions between storages and floats.
  void (*widen)(int64_t n, const uint16_t *x, int32_t storage, float *y);
  void (*narrow)(int64_t n, const float *x, int32_t storage, uint16_t *y);

  // A convolution in the frequency domain; Spectrum.h has the form of a spectrum and what each does.
  void (*splitSpectrum)(
      int64_t channels, const float *z, const float *mirror, float *real, float *crossedImaginary);
  void (*joinSpectrum)(
      int64_t channels, const float *real, const float *crossedImaginary, float *z, float *mirror);
  void (*spectralWeights)(
      int64_t frequencies, int64_t taps, int64_t inChannels, int64_t outChannels, const float *w, int64_t tapStride,
      int64_t rowStride, const float *factors, float *panels, int64_t size, float *scratch);
  void (*spectralProduct)(
      int64_t tiles, int64_t inChannels, int64_t outChannels, int64_t begin, int64_t end, const float *x,
      const float *dy, float *product);
  void (*spectralTaps)(
      int64_t taps, int64_t inChannels, int64_t count, const float *product, const float *cosine, const float *sine,
      float *gradient, float *scratch);

  // A 3x3 convolution with few multiplications; Winograd.h tells how. Its 36 points come in three groups of 12; a point
  // is a matrix of tiles x channels, `plane` elements behind the one before. Where channels are in panels, panel p holds
  // the channels from p * panelWidth on as rows of panelWidth, a row a tile. `zeros` are as many as there are channels.

  /// The points of one group of the input tiles tileBegin ..< tileEnd of a batch.
  void (*winogradInput)(
      const WinogradTask *task, int32_t group, bool inPanels, const float *in, int64_t tileBegin, int64_t tileEnd,
      float *points, int64_t plane, const float *zeros);
  /// The outputs of tiles from the points of all groups.
  void (*winogradOutput)(
      const WinogradTask *task, const float *points, int64_t plane, int64_t tileBegin, int64_t tileEnd, float *out);
  /// The points of one group of the tiles of an output gradient, for some of its channels, in panels.
  void (*winogradGradient)(
      const WinogradTask *task, int32_t group, const float *gradient, int64_t tileBegin, int64_t tileEnd,
      int64_t channelBegin, int64_t channelCount, float *points, int64_t plane, const float *zeros);
  /// The points of the weights of inputs rowBegin ..< rowEnd, as 36 right factors in panels. Tap q of input k stands
  /// at w + q * tapStride + k * rowStride; `turned` takes the taps in reverse order.
  void (*winogradWeights)(
      const WinogradTask *task, const float *w, int64_t tapStride, int64_t rowStride, bool turned, int64_t rowBegin,
      int64_t rowEnd, float *panels, int64_t plane);
  /// The 12 sums (outChannels x inChannels) of a group += over tiles dy(point, tile, o) * x(point, tile, c), both in panels.
  void (*winogradProduct)(
      int64_t tiles, int64_t inChannels, int64_t outChannels, const float *x, int64_t xPlane, const float *dy,
      int64_t dyPlane, float *sums, int64_t sumPlane);
  /// Rows rowBegin ..< rowEnd of the weight gradient (outChannels x 9 x inChannels) from the sums of all groups, which are
  /// first added up over `parts` parts, `part` apart; overwrites.
  void (*winogradTaps)(
      int64_t inChannels, int64_t rowBegin, int64_t rowEnd, int64_t parts, const float *sums, int64_t plane, int64_t part,
      float *gradient);
} VectorKernels;

/// The kernels of an instruction set, or NULL where this processor lacks it.
const VectorKernels *_Nullable vectorKernels(VectorISA isa);

/// The kernels of the widest instruction set that this processor has.
const VectorKernels *bestVectorKernels(void);

/// Matrix products of numbers stored as bf16, with float sums; PairProduct.h tells how.
typedef struct PairKernels {
  int32_t panelWidth;  // columns of a packed panel of the right factor
  int32_t tileRows;    // rows of the largest tile

  /// Packs B (k x n, element (i, j) at b[i * bRow + j * bCol]) into panels of panelWidth columns, zero-filled: panel p holds
  /// columns p * panelWidth onwards as (k + 1) / 2 rows of panelWidth words, a word two rows of B.
  void (*packPairs)(int64_t k, int64_t n, const uint16_t *b, int64_t bRow, int64_t bCol, uint32_t *panels);

  /// Pairs of rows of A (k x m, rows aStep apart) as (k + 1) / 2 rows of m words.
  void (*joinRows)(int64_t k, int64_t m, const uint16_t *a, int64_t aStep, uint32_t *pairs);

  /// C (m x n) = A B, or += with accumulate; B is packed. Two steps of A are neighbours; its rows are aRow, its pairs of steps
  /// aPair numbers apart: k and 2 where its rows are in one piece, 2 and 2 m for what `joinRows` made of its transpose.
  void (*gemmPairs)(
      int64_t m, int64_t n, int64_t k, const uint16_t *a, int64_t aRow, int64_t aPair, const uint32_t *panels,
      float *c, int64_t cRow, bool accumulate);
} PairKernels;

/// By the processor's own instruction, where it has one that goes with the instruction set (AVX512-BF16); else NULL.
const PairKernels *_Nullable pairKernels(VectorISA isa);

/// The same in other instructions of a set: a reference, not fast. NULL where this processor lacks the set.
const PairKernels *_Nullable emulatedPairKernels(VectorISA isa);

/// Floats of scratch that `conv` and `convGradWeight` need for `rows` output rows.
int64_t convScratch(const ConvTask *task, int64_t rows);

/// Copies the part of the outermost dimension begin ..< end.
void stridedCopy(const StridedCopy *copy, const void *from, void *to, int64_t begin, int64_t end);

/// Elements begin ..< end of a stream of random words: element i is word j % 4 of
/// Philox4x32-10(counter (low 32 bits of j / 4, purpose, stepLow, stepHigh), key (seedLow, seedHigh))
/// shifted right by `shift`, with j = first + i. `key` is seedLow, seedHigh, stepLow, stepHigh.
void randomWords(
    const uint32_t *key, uint32_t purpose, uint32_t shift, uint64_t first, uint64_t begin, uint64_t end,
    uint32_t *result);

/// Makes the calling thread flush denormal numbers to zero; returns what `restoreDenormals` takes.
uint64_t flushDenormals(void);
void restoreDenormals(uint64_t saved);

/// Reductions of integers: result (outer x inner) over the middle dimension of x (outer x middle x inner), for
/// outer indices begin ..< end. Sums wrap.
typedef enum IntegerReduction : int32_t {
  IntegerReductionSum, IntegerReductionMax, IntegerReductionMaxUnsigned,
} IntegerReduction;
void reduceIntegers(
    IntegerReduction kind, int64_t begin, int64_t end, int64_t middle, int64_t inner, const uint32_t *x,
    uint32_t *result);

/// A fixed set of threads that run one task at a time.
typedef struct WorkerPool WorkerPool;

/// Runs one unit of a task on the worker of this index.
typedef void (*WorkerTask)(void *_Nullable context, int64_t unit, int32_t worker);

/// A pool of `workers` threads, the calling one counted. NULL when a thread cannot be started.
WorkerPool *_Nullable workerPoolCreate(int32_t workers);
void workerPoolDestroy(WorkerPool *pool);
/// Runs the units 0 ..< units, each once, on whichever worker is free; the caller is worker 0. Returns when all
/// are done. Results must not depend on which worker runs a unit, nor on their order.
void workerPoolRun(WorkerPool *pool, int64_t units, WorkerTask task, void *_Nullable context);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
