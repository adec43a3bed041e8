// Its table ends before the functions that every backend has.
#include "Table.h"

static sfumato_backend table = {TABLE};

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  table.struct_size = offsetof(sfumato_backend, submit);
  return &table;
}
