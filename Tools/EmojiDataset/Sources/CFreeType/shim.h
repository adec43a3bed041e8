#pragma once
#include <ft2build.h>
#include FT_FREETYPE_H

// Macros that Swift cannot read.
static const FT_Int32 sfumato_load_color = FT_LOAD_COLOR;
static const unsigned char sfumato_pixel_mode_bgra = FT_PIXEL_MODE_BGRA;
