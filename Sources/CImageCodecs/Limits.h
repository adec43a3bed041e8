#pragma once
#include "CImageCodecs.h"

// Fills in the size of `image` and allocates its pixels, unless the limits forbid it.
sfumato_codec_status sfumato_codec_allocate(
    sfumato_codec_image *image, uint32_t width, uint32_t height, uint32_t channels,
    const sfumato_codec_limits *limits);

// Copies a message, cut to the room there is.
void sfumato_codec_say(char *message, size_t capacity, const char *text);
