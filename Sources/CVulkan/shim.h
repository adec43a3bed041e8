#pragma once
// The loader is opened at run time, so that a machine without Vulkan runs the CPU backend: no prototypes.
#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>
