// Any processor: 128-bit vectors.
#define KERNEL(name) name##Portable
#define KERNEL_ISA VectorISAPortable
#define LANES 4
#define TILE_ROWS 4

#include "KernelSet.h"

extern const VectorKernels kernelsPortable;
const VectorKernels kernelsPortable = KERNEL_TABLE;
extern const PairKernels emulatedPairsPortable;
const PairKernels emulatedPairsPortable = PAIR_TABLE;
