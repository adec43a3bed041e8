// Behind an operand's definition (matmul/engine.glsl): TILE_ROWS, TILE_COLUMNS, and
//   void multiply(uint m0, uint n0, uint M, uint N, uint spanBegin, uint spanEnd, uint spanLength)
#ifdef LANES
#include "lanes.glsl"
#elif defined(WORKGROUP_MATRICES)
#include "wide.glsl"
#elif defined(HALF)
#include "coop.glsl"
#else
#include "tile.glsl"
#endif
