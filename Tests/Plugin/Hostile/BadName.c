// Its name is a path.
#include "Table.h"

static sfumato_backend table = {TABLE};

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  table.name = "../good";
  return &table;
}
