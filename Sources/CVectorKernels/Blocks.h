// The block interpreter: a cluster of pointwise operations runs over a block of elements small enough
// for the first-level cache, one instruction after the other.

INLINE float widenF16(uint16_t h) {
  uint32_t sign = (uint32_t)(h & 0x8000) << 16, exponent = (h >> 10) & 31, fraction = h & 1023;
  uint32_t bits;
  if (exponent == 31) bits = sign | 0x7f800000 | (fraction << 13);
  else if (exponent) bits = sign | ((exponent + 112) << 23) | (fraction << 13);
  else {
    float f = (float)fraction * 0x1p-24f;
    __builtin_memcpy(&bits, &f, 4);
    bits |= sign;
  }
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

/// To the nearest half, ties to even.
INLINE uint16_t narrowF16(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  uint32_t sign = (bits >> 16) & 0x8000, magnitude = bits & 0x7fffffff;
  if (magnitude > 0x7f800000) return (uint16_t)(sign | 0x7e00);
  if (magnitude >= 0x477ff000) return (uint16_t)(sign | 0x7c00);
  if (magnitude < 0x38800000) {
    // Below the smallest normal half the spacing is 2^-24: adding 1/2 leaves just those bits.
    float f;
    __builtin_memcpy(&f, &magnitude, 4);
    f += 0.5f;
    __builtin_memcpy(&magnitude, &f, 4);
    return (uint16_t)(sign | (magnitude - 0x3f000000));
  }
  magnitude += 0xfff + ((magnitude >> 13) & 1);
  return (uint16_t)(sign | ((magnitude - 0x38000000) >> 13));
}

INLINE float widenBF16(uint16_t h) {
  uint32_t bits = (uint32_t)h << 16;
  float result;
  __builtin_memcpy(&result, &bits, 4);
  return result;
}

/// To the nearest bfloat16, ties to even.
INLINE uint16_t narrowBF16(float x) {
  uint32_t bits;
  __builtin_memcpy(&bits, &x, 4);
  if ((bits & 0x7fffffff) > 0x7f800000) return (uint16_t)((bits >> 16) | 0x40);
  return (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static void KERNEL(widen)(int64_t n, const uint16_t *x, int32_t storage, float *y) {
  if (storage == ElementStorageBF16)
    for (int64_t i = 0; i < n; i++) y[i] = widenBF16(x[i]);
  else
    for (int64_t i = 0; i < n; i++) y[i] = widenF16(x[i]);
}

static void KERNEL(narrow)(int64_t n, const float *x, int32_t storage, uint16_t *y) {
  if (storage == ElementStorageBF16)
    for (int64_t i = 0; i < n; i++) y[i] = narrowBF16(x[i]);
  else
    for (int64_t i = 0; i < n; i++) y[i] = narrowF16(x[i]);
}

/// result[0 ..< n] = the elements begin ..< begin + n of an operand that is not contiguous.
static void gatherOperand(const BlockOperand *o, int64_t begin, int64_t n, float *result) {
  int64_t index[BlockRankLimit], rest = begin, offset = 0;
  const int32_t last = o->rank - 1;
  for (int32_t d = last; d >= 0; d--) {
    index[d] = rest % o->shape[d];
    rest /= o->shape[d];
    offset += index[d] * o->strides[d];
  }
  const uint32_t *words = o->base;
  const uint16_t *halves = o->base;
  while (n > 0) {
    int64_t run = o->shape[last] - index[last];
    if (run > n) run = n;
    if (o->storage == ElementStorageWord) {
      if (o->strides[last] == 1) {
        __builtin_memcpy(result, words + offset, (size_t)run * 4);
      } else if (o->strides[last] == 0) {
        float value;
        __builtin_memcpy(&value, words + offset, 4);
        for (int64_t i = 0; i < run; i++) result[i] = value;
      } else {
        for (int64_t i = 0; i < run; i++)
          __builtin_memcpy(result + i, words + offset + i * o->strides[last], 4);
      }
    } else {
      for (int64_t i = 0; i < run; i++) {
        uint16_t half = halves[offset + i * o->strides[last]];
        result[i] = o->storage == ElementStorageBF16 ? widenBF16(half) : widenF16(half);
      }
    }
    result += run;
    n -= run;
    index[last] += run;
    offset += run * o->strides[last];
    for (int32_t d = last; d > 0 && index[d] == o->shape[d]; d--) {
      offset += o->strides[d - 1] - o->shape[d] * o->strides[d];
      index[d] = 0;
      index[d - 1]++;
    }
  }
}

#define UNARY(NAME, EXPRESSION)                                     \
  case NAME:                                                        \
    for (i = 0; i + LANES <= n; i += LANES) {                       \
      Vec x = load(a + i);                                          \
      store(r + i, EXPRESSION);                                     \
    }                                                               \
    if (i < n) {                                                    \
      Vec x = loadPart(a + i, n - i);                               \
      storePart(r + i, EXPRESSION, n - i);                          \
    }                                                               \
    break;
#define BINARY(NAME, EXPRESSION)                                    \
  case NAME:                                                        \
    for (i = 0; i + LANES <= n; i += LANES) {                       \
      Vec x = load(a + i), y = load(b + i);                         \
      store(r + i, EXPRESSION);                                     \
    }                                                               \
    if (i < n) {                                                    \
      Vec x = loadPart(a + i, n - i), y = loadPart(b + i, n - i);   \
      storePart(r + i, EXPRESSION, n - i);                          \
    }                                                               \
    break;
#define TERNARY(NAME, EXPRESSION)                                   \
  case NAME:                                                        \
    for (i = 0; i + LANES <= n; i += LANES) {                       \
      Vec x = load(a + i), y = load(b + i), z = load(c + i);        \
      store(r + i, EXPRESSION);                                     \
    }                                                               \
    if (i < n) {                                                    \
      Vec x = loadPart(a + i, n - i), y = loadPart(b + i, n - i), z = loadPart(c + i, n - i); \
      storePart(r + i, EXPRESSION, n - i);                          \
    }                                                               \
    break;

/// Toward zero; what an int32 cannot hold saturates, and not-a-number becomes 0.
INLINE Vec floatToInt(Vec x) {
  Vec inside = pick((x < splat(0x1p31f)) & (x >= splat(-0x1p31f)), x, splat(0.0f));
  IntVec y = __builtin_convertvector(inside, IntVec);
  y = asInt(pick(x >= splat(0x1p31f), asFloat((IntVec)(INT32_MAX)), asFloat(y)));
  return pick(x < splat(-0x1p31f), asFloat((IntVec)(INT32_MIN)), asFloat(y));
}
INLINE Vec floatToUInt(Vec x) {
  Vec inside = pick((x < splat(0x1p32f)) & (x > splat(-1.0f)), x, splat(0.0f));
  Vec high = pick(inside >= splat(0x1p31f), splat(0x1p31f), splat(0.0f));
  IntVec y = __builtin_convertvector(inside - high, IntVec) ^ ((high > splat(0.0f)) & INT32_MIN);
  return pick(x >= splat(0x1p32f), asFloat((IntVec)(-1)), asFloat(y));
}
INLINE UIntVec asUInt(Vec x) { return (UIntVec)x; }
INLINE Vec truth(IntVec mask) { return asFloat(mask & 1); }

INLINE uint32_t integerPower(uint32_t base, uint32_t exponent) {
  uint32_t result = 1;
  for (; exponent; exponent >>= 1, base *= base)
    if (exponent & 1) result *= base;
  return result;
}
/// Integer powers wrap; a negative exponent gives what truncating the quotient gives.
INLINE Vec powInt(Vec x, Vec y, bool isSigned) {
  IntVec base = asInt(x), exponent = asInt(y), result;
  for (int l = 0; l < LANES; l++) {
    if (isSigned && exponent[l] < 0)
      result[l] = base[l] == 1 ? 1 : base[l] == -1 ? ((exponent[l] & 1) ? -1 : 1) : 0;
    else
      result[l] = (int32_t)integerPower((uint32_t)base[l], (uint32_t)exponent[l]);
  }
  return asFloat(result);
}

static void roundStorage(int64_t n, const float *a, int32_t storage, float *r) {
  for (int64_t i = 0; i < n; i++)
    r[i] = storage == ElementStorageBF16 ? widenBF16(narrowBF16(a[i])) : widenF16(narrowF16(a[i]));
}

#define NAMED(NAME, EXPRESSION) UNARY(BlockOp##NAME, EXPRESSION)
static void runInstruction(BlockOp op, int64_t n, const float *a, const float *b, const float *c, float *r) {
  int64_t i;
  switch (op) {
    UNARY_FUNCTIONS(NAMED)
    BINARY(BlockOpAdd, x + y)
    BINARY(BlockOpMul, x * y)
    BINARY(BlockOpMax, maxVec(x, y))
    BINARY(BlockOpPow, powVec(x, y))
    BINARY(BlockOpLess, truth(x < y))
    BINARY(BlockOpEqual, truth(x == y))
    BINARY(BlockOpAddInt, asFloat(asInt(x) + asInt(y)))
    BINARY(BlockOpMulInt, asFloat(asInt(x) * asInt(y)))
    BINARY(BlockOpMaxInt, asFloat(__builtin_elementwise_max(asInt(x), asInt(y))))
    BINARY(BlockOpMaxUInt, (Vec)__builtin_elementwise_max(asUInt(x), asUInt(y)))
    BINARY(BlockOpPowInt, powInt(x, y, true))
    BINARY(BlockOpPowUInt, powInt(x, y, false))
    BINARY(BlockOpLessInt, truth(asInt(x) < asInt(y)))
    BINARY(BlockOpLessUInt, truth(asUInt(x) < asUInt(y)))
    BINARY(BlockOpEqualInt, truth(asInt(x) == asInt(y)))
    TERNARY(BlockOpSelect, pick(asInt(x) != 0, y, z))
    TERNARY(BlockOpMulAdd, x * y + z)
    UNARY(BlockOpMove, x)
    UNARY(BlockOpFloatToInt, floatToInt(x))
    UNARY(BlockOpFloatToUInt, floatToUInt(x))
    UNARY(BlockOpIntToFloat, __builtin_convertvector(asInt(x), Vec))
    UNARY(BlockOpUIntToFloat, __builtin_convertvector(asUInt(x), Vec))
    UNARY(BlockOpNonZeroFloat, truth(~(x == splat(0.0f))))
    UNARY(BlockOpNonZeroInt, truth(asInt(x) != 0))
    case BlockOpRoundF16: roundStorage(n, a, ElementStorageF16, r); break;
    case BlockOpRoundBF16: roundStorage(n, a, ElementStorageBF16, r); break;
  }
}
#undef NAMED
#undef UNARY
#undef BINARY
#undef TERNARY

static void KERNEL(blocks)(const BlockProgram *p, int64_t begin, int64_t end, float *scratch) {
  float *registers[BlockRegisterLimit];
  for (int32_t r = 0; r < p->registerCount; r++) registers[r] = scratch + r * p->block;
  for (int32_t r = 0; r < p->constantCount; r++)
    for (int64_t i = 0; i < p->block; i++) __builtin_memcpy(registers[r] + i, p->constants + r, 4);
  for (int32_t o = 0; o < p->operandCount; o++) {
    const BlockOperand *operand = p->operands + o;
    if (operand->period > 0) gatherOperand(operand, 0, p->block, registers[operand->reg]);
  }
  for (int64_t at = begin; at < end; at += p->block) {
    const int64_t n = end - at < p->block ? end - at : p->block;
    for (int32_t o = 0; o < p->operandCount; o++) {
      const BlockOperand *operand = p->operands + o;
      if (operand->period > 0) continue;
      if (operand->rank > 0)
        gatherOperand(operand, at, n, registers[operand->reg]);
      else if (operand->storage == ElementStorageWord)
        registers[operand->reg] = (float *)operand->base + at;
      else
        KERNEL(widen)(n, (const uint16_t *)operand->base + at, operand->storage, registers[operand->reg]);
    }
    for (int32_t o = 0; o < p->resultCount; o++)
      if (p->results[o].direct) registers[p->results[o].reg] = (float *)p->results[o].base + at;
    for (int32_t k = 0; k < p->instructionCount; k++) {
      const BlockInstruction *x = p->instructions + k;
      runInstruction(x->op, n, registers[x->a], registers[x->b], registers[x->c], registers[x->result]);
    }
    for (int32_t o = 0; o < p->resultCount; o++) {
      const BlockResult *result = p->results + o;
      if (result->direct) continue;
      if (result->storage == ElementStorageWord)
        __builtin_memcpy((float *)result->base + at, registers[result->reg], (size_t)n * 4);
      else
        KERNEL(narrow)(n, registers[result->reg], result->storage, (uint16_t *)result->base + at);
    }
  }
}
