// Never answers, and does not want to be stopped.
#include "Table.h"

#include <signal.h>
#include <unistd.h>

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  signal(SIGTERM, SIG_IGN);
  for (;;) pause();
}
