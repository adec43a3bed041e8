// Works with another major version only, and says so as it should.
#include "Table.h"

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  return NULL;
}
