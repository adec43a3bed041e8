#pragma once
#include <stddef.h>
#include <stdint.h>

/// How a trial in a child process ended.
typedef enum ProbeEnd : int32_t {
  ProbeEndAccepted = 0,
  ProbeEndRefused = 1,   // the message says why
  ProbeEndCrashed = 2,   // number: the signal
  ProbeEndExited = 3,    // number: the exit code
  ProbeEndTimedOut = 4,
  ProbeEndFailed = 5,    // no child could be made; number: errno
} ProbeEnd;

typedef struct ProbeResult {
  ProbeEnd end;
  int32_t number;
  char message[512];
} ProbeResult;

/// Loads the library at `path` in a child process, asks for its table and its devices, and tells how that ended.
/// A library that crashes, ends the process or hangs does so there.
ProbeResult probePlugin(const char *path, uint32_t major, uint32_t minor, int32_t timeoutMilliseconds);

/// The backend's table, or NULL with a message of at most `size` bytes: loads the library, finds its symbol, asks it, and
/// checks version, sizes and functions before any of them is called. The library is never unloaded.
const void *loadPlugin(const char *path, uint32_t major, uint32_t minor, char *message, size_t size);
