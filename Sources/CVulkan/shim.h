#pragma once
// The loader is opened at run time, so that a machine without Vulkan runs the CPU backend: no prototypes.
#define VK_NO_PROTOTYPES
#include <vulkan/vulkan.h>

// Extensions that the oldest headers in use do not have, as their specifications lay them out.

/// VkCooperativeMatrixPropertiesKHR.
typedef struct CooperativeMatrixProperties {
  VkStructureType sType;
  void *pNext;
  uint32_t MSize, NSize, KSize;
  int32_t AType, BType, CType, ResultType;
  VkBool32 saturatingAccumulation;
  int32_t scope;
} CooperativeMatrixProperties;

/// VkPhysicalDeviceCooperativeMatrixFeaturesKHR.
typedef struct CooperativeMatrixFeatures {
  VkStructureType sType;
  void *pNext;
  VkBool32 cooperativeMatrix, cooperativeMatrixRobustBufferAccess;
} CooperativeMatrixFeatures;

/// VkPhysicalDeviceShaderBfloat16FeaturesKHR.
typedef struct BFloat16Features {
  VkStructureType sType;
  void *pNext;
  VkBool32 type, dotProduct, cooperativeMatrix;
} BFloat16Features;

/// vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR.
typedef VkResult(VKAPI_PTR *GetCooperativeMatrixProperties)(
    VkPhysicalDevice device, uint32_t *count, CooperativeMatrixProperties *properties);

/// VkPhysicalDeviceCooperativeMatrix2FeaturesNV.
typedef struct WorkgroupMatrixFeatures {
  VkStructureType sType;
  void *pNext;
  VkBool32 workgroupScope, flexibleDimensions, reductions, conversions, perElementOperations, tensorAddressing,
      blockLoads;
} WorkgroupMatrixFeatures;

/// VkPhysicalDeviceCooperativeMatrix2PropertiesNV.
typedef struct WorkgroupMatrixLimits {
  VkStructureType sType;
  void *pNext;
  uint32_t maxWorkgroupSize, maxDimension, reservedSharedMemory;
} WorkgroupMatrixLimits;

/// VkCooperativeMatrixFlexibleDimensionsPropertiesNV.
typedef struct FlexibleMatrixProperties {
  VkStructureType sType;
  void *pNext;
  uint32_t MGranularity, NGranularity, KGranularity;
  int32_t AType, BType, CType, ResultType;
  VkBool32 saturatingAccumulation;
  int32_t scope;
  uint32_t workgroupInvocations;
} FlexibleMatrixProperties;

/// vkGetPhysicalDeviceCooperativeMatrixFlexibleDimensionsPropertiesNV.
typedef VkResult(VKAPI_PTR *GetFlexibleMatrixProperties)(
    VkPhysicalDevice device, uint32_t *count, FlexibleMatrixProperties *properties);
