#pragma once
#include <fftw3.h>

/// The library's version string, which Swift cannot see as an array of unknown length.
static inline const char *fftwf_get_version_pointer(void) { return fftwf_version; }
