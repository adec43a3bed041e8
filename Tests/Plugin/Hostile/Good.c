// Nothing is wrong with this one: it must load beside the others.
#include "Table.h"

static const sfumato_backend table = {TABLE};

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)minor;
  return major == SFUMATO_BACKEND_MAJOR ? &table : NULL;
}
