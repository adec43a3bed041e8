#pragma once
#include <stddef.h>
#include <stdint.h>

/// A shader compiled from Shaders/ by Tools/shaders.
struct sfumato_shader {
  /// The variant's name, as in Shaders/variants.txt.
  const char *name;
  /// Its SPIR-V.
  const uint32_t *words;
  size_t word_count;
};

/// All shaders, sorted by name; their number is written to `count`. They live as long as the process.
const struct sfumato_shader *sfumato_shaders(size_t *count);
