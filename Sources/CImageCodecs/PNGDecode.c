#include <png.h>
#include <stdlib.h>
#include <string.h>

#include "Limits.h"

typedef struct {
  const uint8_t *bytes;
  size_t size;
  size_t position;
  sfumato_codec_image *image;
} png_input;

static void on_error(png_structp png, png_const_charp text) {
  png_input *input = png_get_error_ptr(png);
  sfumato_codec_say(input->image->message, sizeof input->image->message, text);
  png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep destination, size_t count) {
  png_input *input = png_get_io_ptr(png);
  if (count > input->size - input->position) png_error(png, "the file ends early");
  memcpy(destination, input->bytes + input->position, count);
  input->position += count;
}

// Chunks that carry no pixels can be compressed bombs or simply large: none is kept, none is inflated.
static void skip_metadata(png_structp png) {
  static const png_byte ignored[] =
      "tEXt\0zTXt\0iTXt\0iCCP\0sPLT\0eXIf\0hIST\0pCAL\0sCAL\0tIME\0gAMA\0cHRM\0sRGB\0bKGD\0sBIT\0pHYs\0oFFs";
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, ignored, (int)(sizeof ignored / 5));
  png_set_chunk_malloc_max(png, 8 << 20);
  png_set_chunk_cache_max(png, 128);
}

// Asks for 8 bits a channel with palettes and transparency expanded; returns the channels that gives.
static uint32_t expand(png_structp png, png_infop info) {
  png_set_scale_16(png);
  png_set_expand(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return png_get_channels(png, info);
}

// Everything that may jump. `rows` lives in the caller so that it survives the jump and is freed there.
static sfumato_codec_status decode(
    png_structp png, png_infop info, const sfumato_codec_limits *limits, sfumato_codec_image *image,
    png_bytep *volatile *rows) {
  if (setjmp(png_jmpbuf(png))) return SFUMATO_CODEC_MALFORMED;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  skip_metadata(png);
  png_read_info(png, info);
  uint32_t width = png_get_image_width(png, info), height = png_get_image_height(png, info);
  image->width = width;
  image->height = height;
  // Checked before expand(): libpng allocates a row buffer there.
  if ((uint64_t)width * height > limits->max_pixels) {
    sfumato_codec_say(image->message, sizeof image->message, "larger than the decoder's limit");
    return SFUMATO_CODEC_TOO_LARGE;
  }
  uint32_t channels = expand(png, info);
  sfumato_codec_status status = sfumato_codec_allocate(image, width, height, channels, limits);
  if (status != SFUMATO_CODEC_OK) return status;
  size_t stride = (size_t)width * channels;
  if (png_get_rowbytes(png, info) != stride) png_error(png, "unexpected row size");
  png_bytep *pointers = malloc(height * sizeof *pointers);
  *rows = pointers;
  if (!pointers) return SFUMATO_CODEC_NO_MEMORY;
  for (uint32_t y = 0; y < height; y++) pointers[y] = image->pixels + y * stride;
  png_read_image(png, pointers);
  png_read_end(png, NULL);
  return SFUMATO_CODEC_OK;
}

sfumato_codec_status sfumato_png_decode(
    const uint8_t *bytes, size_t size, const sfumato_codec_limits *limits, sfumato_codec_image *image) {
  memset(image, 0, sizeof *image);
  png_input input = {bytes, size, 0, image};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &input, on_error, on_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    sfumato_codec_say(image->message, sizeof image->message, "libpng could not start");
    return SFUMATO_CODEC_NO_MEMORY;
  }
  png_set_read_fn(png, &input, read_bytes);
  png_bytep *volatile rows = NULL;
  sfumato_codec_status status = decode(png, info, limits, image, &rows);
  free(rows);
  png_destroy_read_struct(&png, &info, NULL);
  if (status != SFUMATO_CODEC_OK) {
    free(image->pixels);
    image->pixels = NULL;
  }
  return status;
}
