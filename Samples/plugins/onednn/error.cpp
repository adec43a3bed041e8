/// Exceptions become statuses, with each thread's last text.
#include "onednn.hpp"

#include <cstdio>
#include <new>

static thread_local char text[512];

static sfumato_status fail(sfumato_status status, const char *problem) {
  std::snprintf(text, sizeof text, "%s", problem);
  return status;
}

static sfumato_status statusOf(const dnnl::error &error) {
  if (error.status == dnnl_out_of_memory) return SFUMATO_OUT_OF_MEMORY;
  return error.status == dnnl_unimplemented ? SFUMATO_UNSUPPORTED : SFUMATO_ERROR;
}

sfumato_status guarded(const std::function<void()> &body) noexcept {
  try {
    body();
    return SFUMATO_OK;
  } catch (const Failure &failure) {
    return fail(failure.status, failure.what());
  } catch (const dnnl::error &error) {
    return fail(statusOf(error), error.what());
  } catch (const std::bad_alloc &) {
    return fail(SFUMATO_OUT_OF_MEMORY, "no memory left");
  } catch (const std::exception &error) {
    return fail(SFUMATO_ERROR, error.what());
  }
}

const char *lastError() { return text; }
