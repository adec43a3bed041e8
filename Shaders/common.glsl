// What every kernel shares. Offsets and strides count 32-bit words; each binding's first word may lie before
// the tensor, so every kernel gets an offset a binding in its push constants.
#ifndef COMMON_GLSL
#define COMMON_GLSL

// Loops over an array that registers are to hold are marked [[unroll]]: compilers leave long ones as they are, and put the array into
// memory.
#extension GL_EXT_control_flow_attributes : require

// A workgroup's number: the host folds long rows of workgroups over y.
uint workgroup() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }

// An invocation's number among all; the last workgroups may reach beyond what there is to do. A macro, since
// gl_WorkGroupSize holds the size only behind the layout that declares it.
#define invocation() (workgroup() * gl_WorkGroupSize.x + gl_LocalInvocationIndex)

#endif
