#pragma once
/// The elementwise functions of one operand: F(name, value at the vector x), by VectorMath.h.
#define UNARY_FUNCTIONS(F)            \
  F(Exp, expVec(x))                   \
  F(Log, logVec(x))                   \
  F(Sin, sinVec(x))                   \
  F(Cos, cosVec(x))                   \
  F(Tanh, tanhVec(x))                 \
  F(Sqrt, __builtin_elementwise_sqrt(x)) \
  F(Reciprocal, splat(1.0f) / x)      \
  F(Erf, erfVec(x))
