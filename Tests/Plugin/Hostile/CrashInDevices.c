// A sound table, whose first function crashes.
#include "Table.h"

static sfumato_backend table = {TABLE};

static sfumato_status crash(uint32_t *count) {
  (void)count;
  abort();
}

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  table.device_count = crash;
  return &table;
}
