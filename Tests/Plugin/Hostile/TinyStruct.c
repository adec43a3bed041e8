// Its table is too short to even have a version, and the page behind it is not there.
#include "Table.h"

#include <sys/mman.h>

const sfumato_backend *sfumato_backend_query(uint32_t major, uint32_t minor) {
  (void)major, (void)minor;
  char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) abort();
  mprotect(pages + 4096, 4096, PROT_NONE);
  size_t *table = (size_t *)(pages + 4096 - sizeof(size_t));
  *table = sizeof(size_t);
  return (const sfumato_backend *)table;
}
