#include "CShaders.h"

// #embed came with C23; clang has it in every C mode and says so.
#pragma clang diagnostic ignored "-Wc23-extensions"
#include "Shaders.inc"

const struct sfumato_shader *sfumato_shaders(size_t *count) {
  *count = sizeof shaders / sizeof *shaders;
  return shaders;
}
