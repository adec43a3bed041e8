/// Each thread's last error.
#include "toy.h"

#include <stdarg.h>
#include <stdio.h>

static _Thread_local char text[256];

sfumato_status fail(sfumato_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return status;
}

const char *lastError(void) { return text; }
