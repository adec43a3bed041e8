/// The primitives of one node.
#include "onednn.hpp"

dnnl::memory Step::bound(const dnnl::memory::desc &type, void *place) const {
  return dnnl::memory(type, context.engine, place);
}

dnnl::memory Step::temporary(const dnnl::memory::desc &type) {
  dnnl::memory memory(type, context.engine, nullptr);
  temporaries.push_back({memory, workspaceSize});
  const size_t line = 64;
  workspaceSize += (type.get_size() / line + 1) * line;
  context.workspace.grow(workspaceSize);
  return memory;
}

dnnl::memory Step::reordered(const dnnl::memory &memory, const dnnl::memory::desc &type) {
  if (memory.get_desc() == type) return memory;
  dnnl::memory copy = temporary(type);
  const dnnl::reorder::primitive_desc reorder(memory, copy, attributes());
  dnnl::memory scratch = temporary(reorder.scratchpad_desc());
  add(dnnl::reorder(reorder), {{DNNL_ARG_FROM, memory}, {DNNL_ARG_TO, copy}, {DNNL_ARG_SCRATCHPAD, scratch}});
  return copy;
}

void Step::add(const dnnl::primitive &primitive, const std::unordered_map<int, dnnl::memory> &arguments) {
  calls.push_back({primitive, arguments});
}

void Step::run() {
  // The workspace may have moved when something else was compiled.
  for (Temporary &each : temporaries) each.memory.set_data_handle(context.workspace.base() + each.offset);
  for (const Call &call : calls) call.primitive.execute(context.stream, call.arguments);
}

dnnl::primitive_attr Step::attributes() {
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  return attributes;
}
