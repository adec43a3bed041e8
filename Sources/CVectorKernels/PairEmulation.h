// The instruction of PairProduct.h in others, for processors that lack it: slower than products of widened numbers, but it lets
// everything around the instruction run, and be held against float64, anywhere.

/// sum + the products of the upper halves, then of the lower ones.
INLINE Vec addPairs(Vec sum, IntVec a, IntVec b) {
  const IntVec upper = (IntVec)((int32_t)0xffff0000u);
  sum = fusedMultiplyAdd(asFloat(a & upper), asFloat(b & upper), sum);
  return fusedMultiplyAdd(asFloat(a << 16), asFloat(b << 16), sum);
}
