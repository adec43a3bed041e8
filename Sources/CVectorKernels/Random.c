#include "CVectorKernels.h"

void randomWords(
    const uint32_t *key, uint32_t purpose, uint32_t shift, uint64_t first, uint64_t begin, uint64_t end,
    uint32_t *result) {
  for (uint64_t i = begin; i < end;) {
    const uint64_t j = first + i;
    uint32_t c0 = (uint32_t)(j / 4), c1 = purpose, c2 = key[2], c3 = key[3];
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < 10; round++) {
      const uint64_t p0 = (uint64_t)0xD2511F53u * c0, p1 = (uint64_t)0xCD9E8D57u * c2;
      c0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
      c1 = (uint32_t)p1;
      c2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
      c3 = (uint32_t)p0;
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    const uint32_t words[4] = {c0, c1, c2, c3};
    for (uint64_t w = j % 4; w < 4 && i < end; w++, i++) result[i] = words[w] >> shift;
  }
}
