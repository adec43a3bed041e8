#include "Limits.h"

#include <stdio.h>
#include <stdlib.h>

sfumato_codec_status sfumato_codec_allocate(
    sfumato_codec_image *image, uint32_t width, uint32_t height, uint32_t channels,
    const sfumato_codec_limits *limits) {
  image->width = width;
  image->height = height;
  image->channels = channels;
  // 2^32 * 2^32 * 4 would wrap, so pixels are checked before bytes are computed.
  uint64_t pixels = (uint64_t)width * height;
  if (pixels > limits->max_pixels || pixels > limits->max_bytes / channels) {
    sfumato_codec_say(image->message, sizeof image->message, "larger than the decoder's limit");
    return SFUMATO_CODEC_TOO_LARGE;
  }
  if (pixels == 0) {
    sfumato_codec_say(image->message, sizeof image->message, "no pixels");
    return SFUMATO_CODEC_MALFORMED;
  }
  image->pixels = malloc((size_t)(pixels * channels));
  if (!image->pixels) {
    sfumato_codec_say(image->message, sizeof image->message, "no memory for the pixels");
    return SFUMATO_CODEC_NO_MEMORY;
  }
  return SFUMATO_CODEC_OK;
}

void sfumato_codec_say(char *message, size_t capacity, const char *text) {
  snprintf(message, capacity, "%s", text);
}

void sfumato_codec_release(uint8_t *memory) { free(memory); }
