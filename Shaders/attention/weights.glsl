// The walk over keys that forward and the queries' gradient begin with. The including shader binds q, k and v.
vec4 query[FOURS];
// The largest score, the sum of the weights around that, and the sum of the values so weighted.
float peak;
float total;
vec4 mixed[FOURS];

void walkKeys(uint image, uint head) {
  // Below every score but −inf.
  const float LOWEST = uintBitsToFloat(0xff7fffffu);
  peak = LOWEST;
  total = 0.0;
  for (uint i = 0; i < FOURS; i++) mixed[i] = vec4(0);
  for (uint first = 0; first < keys; first += STAGE) {
    stage(k, kOffset, v, vOffset, image, keys, first, head)
    for (uint chunk = 0; chunk < STAGE; chunk += CHUNK) {
      float scores[CHUNK];
      float higher = peak;
      for (uint j = 0; j < CHUNK; j++) {
        float score = 0.0;
        for (uint i = 0; i < FOURS; i++) score += dot(query[i], stagedA(chunk + j, i));
        score *= scale;
        scores[j] = score;
        if (first + chunk + j < keys) higher = max(higher, score);
      }
      float shrink = peak == LOWEST ? 0.0 : exponential(peak - higher);
      peak = higher;
      total *= shrink;
      for (uint i = 0; i < FOURS; i++) mixed[i] *= shrink;
      for (uint j = 0; j < CHUNK; j++) {
        float weight = first + chunk + j < keys ? exponential(scores[j] - peak) : 0.0;
        total += weight;
        for (uint i = 0; i < FOURS; i++) mixed[i] += weight * stagedB(chunk + j, i);
      }
    }
  }
}
