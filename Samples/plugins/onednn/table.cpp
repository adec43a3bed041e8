/// The table of functions, and the one symbol that leads to it.
#include "onednn.hpp"

static sfumato_backend makeTable() {
  sfumato_backend table = {};
  table.struct_size = sizeof table;
  table.major = SFUMATO_BACKEND_MAJOR;
  table.minor = SFUMATO_BACKEND_MINOR;
  table.name = "onednn";
  table.version = "1.0";
  table.summary = "convolutions and matrix products by oneDNN; the rest is left to the CPU backend";
  table.error = lastError;
  table.device_count = deviceCount;
  table.device_info = deviceInfo;
  table.context_create = contextCreate;
  table.context_destroy = contextDestroy;
  table.buffer_create = bufferCreate;
  table.buffer_destroy = bufferDestroy;
  table.buffer_write = bufferWrite;
  table.buffer_read = bufferRead;
  table.node_support = nodeSupport;
  table.program_compile = programCompile;
  table.program_destroy = programDestroy;
  table.submit = submit;
  table.wait = waitForAll;
  table.buffer_import = bufferImport;
  return table;
}

const sfumato_backend *sfumato_backend_query(uint32_t host_major, uint32_t) {
  static const sfumato_backend table = makeTable();
  return host_major == SFUMATO_BACKEND_MAJOR ? &table : nullptr;
}
