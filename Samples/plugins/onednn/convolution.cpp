/// Convolutions and their gradients. Images stay as they lie, (N, H, W, C); kernels, (O, kh, kw, I), are put in the order
/// that oneDNN likes best at every run, which is little work beside the convolution. Where it has no fast kernel for
/// images as they lie, they are reordered too.
#include "onednn.hpp"

#include <cstring>

namespace {

using dnnl::memory;
using Tag = dnnl::memory::format_tag;

/// oneDNN names the axes of images N, C, H, W and of kernels O, I, H, W, wherever they lie.
Dims channelsSecond(const Dims &dims) { return {dims[0], dims[3], dims[1], dims[2]}; }

struct Convolution {
  sfumato_context &context;
  const Node &node;
  void *const *memory;
  Dims x, w, y; // of the input image, the kernel and the output image
  Dims strides, low, high;

  Convolution(
      sfumato_context &context, const Node &node, void *const *memory, const Dims &x, const Dims &w, const Dims &y)
      : context(context), node(node), memory(memory), x(channelsSecond(x)), w(channelsSecond(w)),
        y(channelsSecond(y)), strides(node.attribute("strides", 2)) {
    const Dims padding = node.attribute("padding", 4);
    low = {padding[0], padding[1]};
    high = {padding[2], padding[3]};
  }

  static memory::desc type(const Dims &dims, Tag tag) { return {dims, memory::data_type::f32, tag}; }

  dnnl::convolution_forward::primitive_desc forward(Tag images, bool isAlone) const {
    const auto kind = isAlone ? dnnl::prop_kind::forward_inference : dnnl::prop_kind::forward_training;
    return {
        dnnl::convolution_forward::desc(
            kind, dnnl::algorithm::convolution_direct, type(x, images), type(w, Tag::any), type(y, images), strides,
            low, high),
        Step::attributes(), context.engine};
  }

  dnnl::convolution_backward_data::primitive_desc gradInput(Tag images) const {
    return {
        dnnl::convolution_backward_data::desc(
            dnnl::algorithm::convolution_direct, type(x, images), type(w, Tag::any), type(y, images), strides, low,
            high),
        Step::attributes(), context.engine, forward(images, false)};
  }

  dnnl::convolution_backward_weights::primitive_desc gradWeight(Tag images) const {
    return {
        dnnl::convolution_backward_weights::desc(
            dnnl::algorithm::convolution_direct, type(x, images), type(w, Tag::any), type(y, images), strides, low,
            high),
        Step::attributes(), context.engine, forward(images, false)};
  }

  // ---- Steps ----

  dnnl::memory bound(const Step &step, const Dims &dims, Tag tag, uint32_t value) const {
    return step.bound(type(dims, tag), memory[value]);
  }

  /// Adds the primitive with its two operands, and puts its result where and how the program wants it.
  template <typename Primitive, typename Descriptor>
  Step finish(
      Step step, const Descriptor &chosen, std::unordered_map<int, dnnl::memory> arguments, int resultArgument,
      const dnnl::memory &result, const memory::desc &resultType) const {
    const bool isInPlace = result.get_desc() == resultType;
    const dnnl::memory made = isInPlace ? result : step.temporary(resultType);
    arguments.insert({resultArgument, made});
    arguments.insert({DNNL_ARG_SCRATCHPAD, step.temporary(chosen.scratchpad_desc())});
    step.add(Primitive(chosen), arguments);
    if (!isInPlace) {
      const dnnl::reorder::primitive_desc reorder(made, result, Step::attributes());
      step.add(
          dnnl::reorder(reorder), {{DNNL_ARG_FROM, made},
                                   {DNNL_ARG_TO, result},
                                   {DNNL_ARG_SCRATCHPAD, step.temporary(reorder.scratchpad_desc())}});
    }
    return step;
  }

  Step forwardStep() const {
    const auto chosen = fastest([&](Tag images) { return forward(images, true); });
    Step step(context);
    const auto source = step.reordered(bound(step, x, Tag::nhwc, node.node.inputs[0]), chosen.src_desc());
    const auto kernel = step.reordered(bound(step, w, Tag::ohwi, node.node.inputs[1]), chosen.weights_desc());
    const auto result = bound(step, y, Tag::nhwc, node.node.outputs[0]);
    return finish<dnnl::convolution_forward>(
        step, chosen, {{DNNL_ARG_SRC, source}, {DNNL_ARG_WEIGHTS, kernel}}, DNNL_ARG_DST, result,
        chosen.dst_desc());
  }

  Step gradInputStep() const {
    const auto chosen = fastest([&](Tag images) { return gradInput(images); });
    Step step(context);
    const auto slope = step.reordered(bound(step, y, Tag::nhwc, node.node.inputs[0]), chosen.diff_dst_desc());
    const auto kernel = step.reordered(bound(step, w, Tag::ohwi, node.node.inputs[1]), chosen.weights_desc());
    const auto result = bound(step, x, Tag::nhwc, node.node.outputs[0]);
    return finish<dnnl::convolution_backward_data>(
        step, chosen, {{DNNL_ARG_DIFF_DST, slope}, {DNNL_ARG_WEIGHTS, kernel}}, DNNL_ARG_DIFF_SRC, result,
        chosen.diff_src_desc());
  }

  Step gradWeightStep() const {
    const auto chosen = fastest([&](Tag images) { return gradWeight(images); });
    Step step(context);
    const auto source = step.reordered(bound(step, x, Tag::nhwc, node.node.inputs[0]), chosen.src_desc());
    const auto slope = step.reordered(bound(step, y, Tag::nhwc, node.node.inputs[1]), chosen.diff_dst_desc());
    const auto result = bound(step, w, Tag::ohwi, node.node.outputs[0]);
    return finish<dnnl::convolution_backward_weights>(
        step, chosen, {{DNNL_ARG_SRC, source}, {DNNL_ARG_DIFF_DST, slope}}, DNNL_ARG_DIFF_WEIGHTS, result,
        chosen.diff_weights_desc());
  }

  /// The kernel for images as they lie, unless that is the reference one and another order has a better.
  template <typename Make>
  static auto fastest(Make make) -> decltype(make(Tag::nhwc)) {
    auto inPlace = make(Tag::nhwc);
    if (!std::strstr(inPlace.impl_info_str(), "ref")) return inPlace;
    auto free = make(Tag::any);
    return std::strstr(free.impl_info_str(), "ref") ? inPlace : free;
  }
};

}  // namespace

Step convolutionStep(sfumato_context &context, const Node &node, void *const *memory) {
  const Dims a = node.input(0), b = node.input(1), result = node.output();
  switch (node.node.op) {
    case SFUMATO_OP_CONV: return Convolution(context, node, memory, a, b, result).forwardStep();
    case SFUMATO_OP_CONV_GRAD_INPUT: return Convolution(context, node, memory, result, b, a).gradInputStep();
    default: return Convolution(context, node, memory, a, result, b).gradWeightStep();
  }
}
