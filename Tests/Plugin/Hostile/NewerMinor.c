// Built for a later minor version, with fields that this host does not know. It must load.
#include "Table.h"

typedef struct LaterTable {
  sfumato_backend known;
  void (*appended[16])(void);
} LaterTable;

static void laterFunction(void) { abort(); }

static LaterTable table = {.known = {TABLE}, .appended = {laterFunction}};

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major;
  table.known.struct_size = sizeof table;
  table.known.minor = minor + 7;
  table.known.name = "later";
  return &table.known;
}
