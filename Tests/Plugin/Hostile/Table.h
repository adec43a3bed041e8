// A backend without devices that may be loaded; each file here spoils it in its own way.
#pragma once
#include <sfumato_backend.h>
#include <stdlib.h>

static const char *noError(void) { return "it has no devices"; }
static sfumato_status noDevices(uint32_t *count) {
  *count = 0;
  return SFUMATO_OK;
}
static sfumato_status noInfo(uint32_t index, sfumato_device_info *info) {
  (void)index, (void)info;
  return SFUMATO_ERROR;
}
static sfumato_status noContext(uint32_t index, const sfumato_context_options *options, sfumato_context **context) {
  (void)options;
  (void)index, (void)context;
  return SFUMATO_ERROR;
}
static void noContextDestroy(sfumato_context *context) { (void)context; }
static sfumato_status noBuffer(sfumato_context *context, size_t bytes, sfumato_buffer **buffer) {
  (void)context, (void)bytes, (void)buffer;
  return SFUMATO_ERROR;
}
static void noBufferDestroy(sfumato_context *context, sfumato_buffer *buffer) { (void)context, (void)buffer; }
static sfumato_status noWrite(sfumato_context *c, sfumato_buffer *b, size_t o, const void *from, size_t n) {
  (void)c, (void)b, (void)o, (void)from, (void)n;
  return SFUMATO_ERROR;
}
static sfumato_status noRead(sfumato_context *c, sfumato_buffer *b, size_t o, void *to, size_t n) {
  (void)c, (void)b, (void)o, (void)to, (void)n;
  return SFUMATO_ERROR;
}
static sfumato_status noSupport(sfumato_context *c, const sfumato_program *program, uint32_t node, int32_t *support) {
  (void)c, (void)program, (void)node, (void)support;
  return SFUMATO_ERROR;
}
static sfumato_status noCompile(
    sfumato_context *c, const sfumato_program *program, const sfumato_bindings *bindings, sfumato_executable **e) {
  (void)c, (void)program, (void)bindings, (void)e;
  return SFUMATO_ERROR;
}
static void noProgramDestroy(sfumato_context *c, sfumato_executable *executable) { (void)c, (void)executable; }
static sfumato_status noSubmit(sfumato_context *c, sfumato_executable *executable) {
  (void)c, (void)executable;
  return SFUMATO_ERROR;
}
static sfumato_status noWait(sfumato_context *c) {
  (void)c;
  return SFUMATO_OK;
}

#define TABLE                                                                                                     \
  .struct_size = sizeof(sfumato_backend), .major = SFUMATO_BACKEND_MAJOR, .minor = SFUMATO_BACKEND_MINOR,          \
  .name = "good", .version = "1", .summary = "a backend for tests", .error = noError, .device_count = noDevices,   \
  .device_info = noInfo, .context_create = noContext, .context_destroy = noContextDestroy,                        \
  .buffer_create = noBuffer, .buffer_destroy = noBufferDestroy, .buffer_write = noWrite, .buffer_read = noRead,    \
  .node_support = noSupport, .program_compile = noCompile, .program_destroy = noProgramDestroy, .submit = noSubmit, \
  .wait = noWait
