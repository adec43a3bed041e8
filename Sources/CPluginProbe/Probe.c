#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CPluginProbe.h"
#include "sfumato_backend.h"

/// What the child does: everything that the host will do before it opens a device.
static void tryPlugin(const char *path, uint32_t major, uint32_t minor, ProbeResult *result) {
  const sfumato_backend *backend = loadPlugin(path, major, minor, result->message, sizeof result->message);
  result->end = ProbeEndRefused;
  if (!backend) return;
  uint32_t count = 0;
  if (backend->device_count(&count) == SFUMATO_OK)
    for (uint32_t i = 0; i < count && i < 64; i++) {
      sfumato_device_info info = {.struct_size = sizeof info};
      backend->device_info(i, &info);
    }
  result->end = ProbeEndAccepted;
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/// Reads the child's answer; false when it sent none in time.
static int receive(int from, ProbeResult *result, int64_t deadline) {
  size_t got = 0;
  while (got < sizeof *result) {
    const int64_t left = deadline - now();
    struct pollfd wish = {.fd = from, .events = POLLIN};
    const int ready = left > 0 ? poll(&wish, 1, (int)left) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return 0;
    const ssize_t count = read(from, (char *)result + got, sizeof *result - got);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return 1;
    got += (size_t)count;
  }
  return 1;
}

ProbeResult probePlugin(const char *path, uint32_t major, uint32_t minor, int32_t timeoutMilliseconds) {
  ProbeResult result = {.end = ProbeEndFailed};
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) {
    result.number = errno;
    return result;
  }
  const pid_t child = fork();
  if (child == 0) {
    // A crash here is an answer, no accident: no core file, no handler of the host, nothing on its terminal.
    const struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    for (int number = 1; number < 32; number++) signal(number, SIG_DFL);
    const int nowhere = open("/dev/null", O_RDWR);
    if (nowhere >= 0)
      for (int stream = 0; stream < 3; stream++) dup2(nowhere, stream);
    tryPlugin(path, major, minor, &result);
    const ssize_t sent = write(ends[1], &result, sizeof result);
    _exit(sent == (ssize_t)sizeof result ? 0 : 1);
  }
  close(ends[1]);
  if (child < 0) {
    result.number = errno;
    close(ends[0]);
    return result;
  }
  ProbeResult answer = {.end = ProbeEndFailed};
  const int isInTime = receive(ends[0], &answer, now() + timeoutMilliseconds);
  close(ends[0]);
  if (!isInTime) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!isInTime) {
    result.end = ProbeEndTimedOut;
  } else if (WIFSIGNALED(status)) {
    result.end = ProbeEndCrashed;
    result.number = WTERMSIG(status);
  } else if (answer.end == ProbeEndFailed) {
    result.end = ProbeEndExited;
    result.number = WEXITSTATUS(status);
  } else {
    result = answer;
    result.message[sizeof result.message - 1] = 0;
  }
  return result;
}
