/// Matrix products of any rank. A transposed operand is the same memory with other strides.
#include "onednn.hpp"

#include <utility>

/// The type of a matrix as it is multiplied, `isTransposed` when it lies the other way round.
static dnnl::memory::desc matrix(Dims dims, bool isTransposed) {
  Dims strides(dims.size());
  dnnl::memory::dim step = 1;
  for (size_t axis = dims.size(); axis-- > 0; step *= dims[axis]) strides[axis] = step;
  if (isTransposed) {
    const size_t row = dims.size() - 2, column = dims.size() - 1;
    std::swap(dims[row], dims[column]);
    std::swap(strides[row], strides[column]);
  }
  return dnnl::memory::desc(dims, dnnl::memory::data_type::f32, strides);
}

Step matmulStep(sfumato_context &context, const Node &node, void *const *memory) {
  const auto a = matrix(node.input(0), node.attribute("transpose_a", 1)[0] != 0);
  const auto b = matrix(node.input(1), node.attribute("transpose_b", 1)[0] != 0);
  const auto result = matrix(node.output(), false);
  const dnnl::matmul::primitive_desc matmul(dnnl::matmul::desc(a, b, result), Step::attributes(), context.engine);
  Step step(context);
  dnnl::memory scratch = step.temporary(matmul.scratchpad_desc());
  step.add(
      dnnl::matmul(matmul), {
                                {DNNL_ARG_SRC, step.bound(a, memory[node.node.inputs[0]])},
                                {DNNL_ARG_WEIGHTS, step.bound(b, memory[node.node.inputs[1]])},
                                {DNNL_ARG_DST, step.bound(result, memory[node.node.outputs[0]])},
                                {DNNL_ARG_SCRATCHPAD, scratch},
                            });
  return step;
}
