// How engines that share memory walk the depth, DEPTH steps of k at a time: what the next steps need is read into registers (load)
// before the sums of these are made, and goes to shared memory (share) when they are done. In multiply:
//   beginWalk
//   for (uint step_ = 0; step_ < count; step_++) {
//     shareAndLoadNext
//     … the sums of the steps in shared memory …
//     barrier();
//   }
#define beginWalk \
  uint steps = (spanLength + DEPTH - 1) / DEPTH; \
  uint count = spanEnd > spanBegin ? (spanEnd - spanBegin) * steps : 0; \
  uint span = spanBegin; \
  uint k = 0; \
  if (count > 0) { \
    openSpan(span); \
    load(0); \
  }

#define shareAndLoadNext \
  share(); \
  barrier(); \
  k += DEPTH; \
  if (k >= spanLength) { \
    k = 0; \
    span++; \
    if (span < spanEnd) openSpan(span); \
  } \
  if (step_ + 1 < count) load(k);
