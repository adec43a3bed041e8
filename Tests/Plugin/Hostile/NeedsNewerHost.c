// Cannot do without what a later minor version brought.
#include "Table.h"

static const sfumato_backend table = {TABLE};

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  return major == SFUMATO_BACKEND_MAJOR && minor >= 1000 ? &table : NULL;
}
