// The element that a kernel moves: a 32-bit word, or 16 bits in the variants with SIXTEEN_BITS.
#ifdef SIXTEEN_BITS
#extension GL_EXT_shader_16bit_storage : require
#define ELEMENT uint16_t
#else
#define ELEMENT uint
#endif
