// A convolution's geometry, as ConvGeometry has it: x is [N, inHeight, inWidth, groups * inC], w is
// [groups * outC, kernelHeight, kernelWidth, inC], y is [N, outHeight, outWidth, groups * outC]; inC and outC
// count the channels of one group.
struct Geometry {
  uint batch;
  uint inHeight;
  uint inWidth;
  uint outHeight;
  uint outWidth;
  uint kernelHeight;
  uint kernelWidth;
  uint inC;
  uint outC;
  uint groups;
  uint strideH;
  uint strideW;
  uint padTop;
  uint padLeft;
};
