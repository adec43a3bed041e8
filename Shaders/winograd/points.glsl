// 3×3 convolutions with few multiplications, F(4×4, 3×3) of Lavin and Gray, "Fast algorithms for convolutional neural networks",
// 2016: 6×6 inputs of a tile of 4×4 outputs and the 3×3 taps are taken as polynomials and evaluated at 36 points, where the
// convolution is a product, summed over channels by matmul/. In one dimension the points are 0, a, −a, b, −b and infinity with
// a = 5/8 and b = 11/8: rounding errors are half those of the customary 1 and 2.
//
// The functions are one-dimensional; they are applied along both. `Value` is a float, or a vec4 of four channels.
#include "../common.glsl"

layout(local_size_x = 64) in;

#ifdef FOURS
#define Value vec4
const uint WIDTH = 4;
#else
#define Value float
const uint WIDTH = 1;
#endif

const float A = 0.625;
const float B = 1.375;
const float AA = A * A;
const float BB = B * B;

// Six inputs at the six points.
void inputPoints(inout Value d[6]) {
  Value evenA = d[4] - BB * d[2];
  Value oddA = A * (d[3] - BB * d[1]);
  Value evenB = d[4] - AA * d[2];
  Value oddB = B * (d[3] - AA * d[1]);
  Value first = AA * BB * d[0] + (d[4] - (AA + BB) * d[2]);
  Value last = AA * BB * d[1] + (d[5] - (AA + BB) * d[3]);
  d = Value[6](first, evenA + oddA, evenA - oddA, evenB + oddB, evenB - oddB, last);
}

// Three or four taps (the fourth, or the last three, may be 0) at the six points, divided by what Lagrange's polynomials are there.
// `highest` is the last tap.
void tapPoints(inout Value g[6], Value highest) {
  const float ofA = 1.0 / (2.0 * AA * (AA - BB));
  const float ofB = 1.0 / (2.0 * BB * (BB - AA));
  Value evenA = g[0] + AA * g[2];
  Value oddA = A * (g[1] + AA * g[3]);
  Value evenB = g[0] + BB * g[2];
  Value oddB = B * (g[1] + BB * g[3]);
  g = Value[6](g[0] / (AA * BB), ofA * (evenA + oddA), ofA * (evenA - oddA), ofB * (evenB + oddB), ofB * (evenB - oddB), highest);
}

// Products at the six points to four results, or to three with the last one's share at infinity in the third.
void results(inout Value m[6]) {
  Value evenA = m[1] + m[2];
  Value oddA = m[1] - m[2];
  Value evenB = m[3] + m[4];
  Value oddB = m[3] - m[4];
  Value second = AA * evenA + BB * evenB;
#if RESULTS == 3
  second += m[5];
#endif
  m = Value[6](m[0] + evenA + evenB, A * oddA + B * oddB, second, AA * A * oddA + BB * B * oddB + m[5], Value(0), Value(0));
}

#define both(transform) \
  for (uint row = 0; row < 6; row++) { \
    Value line[6] = Value[6](v[row][0], v[row][1], v[row][2], v[row][3], v[row][4], v[row][5]); \
    transform(line); \
    v[row] = line; \
  } \
  for (uint column = 0; column < 6; column++) { \
    Value line[6] = Value[6](v[0][column], v[1][column], v[2][column], v[3][column], v[4][column], v[5][column]); \
    transform(line); \
    for (uint row = 0; row < 6; row++) v[row][column] = line[row]; \
  }
