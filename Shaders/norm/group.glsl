// A workgroup a group of an image, each invocation with elements of one channel in its registers: memory is read once. Of the
// THREADS invocations those of the first `rows` pixels work, a pixel's channels side by side.
layout(local_size_x_id = 1) in;
layout(constant_id = 2) const uint EACH = 8;
const uint THREADS = gl_WorkGroupSize.x;

shared float partial[THREADS];

// The sum of all invocations' numbers, in the same order always; THREADS is a power of two.
float workgroupSum(float own) {
  uint lane = gl_LocalInvocationIndex;
  partial[lane] = own;
  barrier();
  for (uint step_ = THREADS / 2; step_ > 0; step_ >>= 1) {
    if (lane < step_) partial[lane] += partial[lane + step_];
    barrier();
  }
  float sum = partial[0];
  barrier();
  return sum;
}
