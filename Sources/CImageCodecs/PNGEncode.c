#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "Limits.h"

typedef struct {
  sfumato_codec_buffer *buffer;
  size_t capacity;
} png_output;

static void on_error(png_structp png, png_const_charp text) {
  png_output *output = png_get_error_ptr(png);
  sfumato_codec_say(output->buffer->message, sizeof output->buffer->message, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void write_bytes(png_structp png, png_bytep source, size_t count) {
  png_output *output = png_get_io_ptr(png);
  sfumato_codec_buffer *buffer = output->buffer;
  if (count > output->capacity - buffer->size) {
    if (count > SIZE_MAX / 4 || output->capacity > SIZE_MAX / 4) png_error(png, "too large to encode");
    size_t capacity = 2 * output->capacity + count;
    uint8_t *bytes = realloc(buffer->bytes, capacity);
    if (!bytes) png_error(png, "no memory for the encoded image");
    buffer->bytes = bytes;
    output->capacity = capacity;
  }
  memcpy(buffer->bytes + buffer->size, source, count);
  buffer->size += count;
}

static void flush_nothing(png_structp png) { (void)png; }

static sfumato_codec_status encode(
    png_structp png, png_infop info, const uint8_t *pixels, uint32_t width, uint32_t height,
    uint32_t channels, int compression) {
  if (setjmp(png_jmpbuf(png))) return SFUMATO_CODEC_MALFORMED;
  int color = channels == 1 ? PNG_COLOR_TYPE_GRAY
              : channels == 3 ? PNG_COLOR_TYPE_RGB
                              : PNG_COLOR_TYPE_RGBA;
  png_set_compression_level(png, compression);
  png_set_IHDR(png, info, width, height, 8, color, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  size_t stride = (size_t)width * channels;
  for (uint32_t y = 0; y < height; y++) png_write_row(png, pixels + y * stride);
  png_write_end(png, NULL);
  return SFUMATO_CODEC_OK;
}

sfumato_codec_status sfumato_png_encode(
    const uint8_t *pixels, uint32_t width, uint32_t height, uint32_t channels, int compression,
    sfumato_codec_buffer *buffer) {
  memset(buffer, 0, sizeof *buffer);
  png_output output = {buffer, 0};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &output, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_write_struct(&png, NULL);
    sfumato_codec_say(buffer->message, sizeof buffer->message, "libpng could not start");
    return SFUMATO_CODEC_NO_MEMORY;
  }
  png_set_write_fn(png, &output, write_bytes, flush_nothing);
  sfumato_codec_status status = encode(png, info, pixels, width, height, channels, compression);
  png_destroy_write_struct(&png, &info);
  if (status != SFUMATO_CODEC_OK) {
    free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->size = 0;
  }
  return status;
}
