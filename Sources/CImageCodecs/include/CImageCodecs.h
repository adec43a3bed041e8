#pragma once
#include <stddef.h>
#include <stdint.h>

// Whole-buffer PNG and JPEG decoding and PNG encoding.
//
// libpng and libjpeg report errors with longjmp, which must not cross Swift frames: these functions
// catch the jump and return a status and a message. Every function may be called from any thread.

typedef enum {
  SFUMATO_CODEC_OK = 0,
  SFUMATO_CODEC_MALFORMED = 1,
  SFUMATO_CODEC_TOO_LARGE = 2,
  SFUMATO_CODEC_NO_MEMORY = 3,
} sfumato_codec_status;

// What a decoder may spend; checked against the header, before pixels are allocated.
typedef struct {
  uint64_t max_pixels;
  uint64_t max_bytes;
} sfumato_codec_limits;

// A decoded image: 8 bits a channel, rows from the top, channels interleaved.
typedef struct {
  uint32_t width;
  uint32_t height;
  uint32_t channels;  // 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA
  uint8_t *pixels;    // width * height * channels bytes; release with sfumato_codec_release
  char message[256];  // why decoding failed, else empty
} sfumato_codec_image;

// Encoded bytes.
typedef struct {
  uint8_t *bytes;  // release with sfumato_codec_release
  size_t size;
  char message[256];
} sfumato_codec_buffer;

// Decodes a PNG. Palettes, tRNS and low bit depths are expanded, 16 bits scaled to 8, interlacing undone.
// On failure width and height hold what the header said, when it was read.
sfumato_codec_status sfumato_png_decode(
    const uint8_t *bytes, size_t size, const sfumato_codec_limits *limits, sfumato_codec_image *image);

// Decodes a JPEG to grey or RGB; CMYK and YCCK are converted without a colour profile.
sfumato_codec_status sfumato_jpeg_decode(
    const uint8_t *bytes, size_t size, const sfumato_codec_limits *limits, sfumato_codec_image *image);

// Encodes 8-bit grey (1), RGB (3) or RGBA (4) pixels as a PNG without any metadata.
sfumato_codec_status sfumato_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int compression,
    sfumato_codec_buffer *buffer);

// Frees what a decoder or encoder returned. NULL is fine.
void sfumato_codec_release(uint8_t *memory);
