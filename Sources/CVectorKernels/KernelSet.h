// Compiles every kernel for one instruction set. The including file defines KERNEL (a name with the
// set's suffix), KERNEL_ISA, LANES and TILE_ROWS, and turns the instruction set on around this file.

#include <stddef.h>

#include "CVectorKernels.h"
#include "Vector.h"
#include "VectorMath.h"
#include "Tile.h"
#include "Convolution.h"
#include "Blocks.h"
#include "Reduction.h"
#include "Norm.h"
#include "NarrowAttention.h"
#include "Attention.h"
#include "Spectrum.h"
#include "Winograd.h"
#include "PairEmulation.h"
#include "PairProduct.h"

#define KERNEL_TABLE                                                                          \
  {                                                                                           \
    .isa = KERNEL_ISA, .tileRows = TILE_ROWS, .panelWidth = PANEL,                            \
    .packPanels = KERNEL(packPanels), .transpose = KERNEL(transpose), .gemm = KERNEL(gemm),     \
    .gemmOuter = KERNEL(gemmOuter), .conv = KERNEL(conv),                                      \
    .convGradWeight = KERNEL(convGradWeight), .blocks = KERNEL(blocks),                       \
    .sumRows = KERNEL(sumRows), .maxRows = KERNEL(maxRows), .sumColumns = KERNEL(sumColumns), \
    .maxColumns = KERNEL(maxColumns), .softmax = KERNEL(softmax),                             \
    .softmaxGrad = KERNEL(softmaxGrad), .groupNorm = KERNEL(groupNorm),                       \
    .groupNormGrad = KERNEL(groupNormGrad), .widen = KERNEL(widen), .narrow = KERNEL(narrow), \
    .splitSpectrum = KERNEL(splitSpectrum), .joinSpectrum = KERNEL(joinSpectrum),             \
    .spectralWeights = KERNEL(spectralWeights), .spectralProduct = KERNEL(spectralProduct),   \
    .spectralTaps = KERNEL(spectralTaps), .winogradInput = KERNEL(winogradInput),             \
    .winogradOutput = KERNEL(winogradOutput), .winogradGradient = KERNEL(winogradGradient),   \
    .winogradWeights = KERNEL(winogradWeights), .winogradProduct = KERNEL(winogradProduct),   \
    .winogradTaps = KERNEL(winogradTaps), .attentionScratch = KERNEL(attentionScratch),         \
    .attention = KERNEL(attention), .attentionGrad = KERNEL(attentionGrad),                   \
  }
