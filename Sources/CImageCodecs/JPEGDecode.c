#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#include "Limits.h"

// A progressive file may ask for the whole image to be refined any number of times.
enum { MAX_SCANS = 200 };

typedef struct {
  struct jpeg_error_mgr base;
  jmp_buf jump;
  char *message;
  size_t capacity;
} jpeg_errors;

static void on_error(j_common_ptr common) {
  jpeg_errors *errors = (jpeg_errors *)common->err;
  char text[JMSG_LENGTH_MAX];
  errors->base.format_message(common, text);
  sfumato_codec_say(errors->message, errors->capacity, text);
  longjmp(errors->jump, 1);
}

// libjpeg paints missing data grey and goes on; an image cut short is a bad image here. Other warnings
// (stray bytes between markers and the like) leave the image whole and are passed over.
static void on_message(j_common_ptr common, int level) {
  if (level >= 0) return;
  int code = common->err->msg_code;
  if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE) on_error(common);
}

static void on_progress(j_common_ptr common) {
  j_decompress_ptr jpeg = (j_decompress_ptr)common;
  if (jpeg->input_scan_number > MAX_SCANS) {
    jpeg_errors *errors = (jpeg_errors *)common->err;
    sfumato_codec_say(errors->message, errors->capacity, "more scans than the decoder's limit");
    longjmp(errors->jump, 1);
  }
}

// One row of CMYK to RGB. Adobe's files store the inks inverted.
static void convert_row(const uint8_t *cmyk, uint8_t *rgb, uint32_t width, int inverted) {
  for (uint32_t x = 0; x < width; x++, cmyk += 4, rgb += 3) {
    unsigned k = inverted ? cmyk[3] : 255u - cmyk[3];
    for (int c = 0; c < 3; c++) {
      unsigned light = inverted ? cmyk[c] : 255u - cmyk[c];
      rgb[c] = (uint8_t)((light * k + 127) / 255);
    }
  }
}

static void read_rows(struct jpeg_decompress_struct *jpeg, sfumato_codec_image *image) {
  size_t stride = (size_t)image->width * image->channels;
  int cmyk = jpeg->out_color_space == JCS_CMYK;
  JSAMPARRAY inks =
      cmyk ? jpeg->mem->alloc_sarray((j_common_ptr)jpeg, JPOOL_IMAGE, image->width * 4, 1) : NULL;
  while (jpeg->output_scanline < jpeg->output_height) {
    JSAMPROW row = image->pixels + jpeg->output_scanline * stride;
    if (cmyk) {
      jpeg_read_scanlines(jpeg, inks, 1);
      convert_row(inks[0], row, image->width, jpeg->saw_Adobe_marker);
    } else {
      jpeg_read_scanlines(jpeg, &row, 1);
    }
  }
}

static sfumato_codec_status decode(
    struct jpeg_decompress_struct *jpeg, jpeg_errors *errors, const uint8_t *bytes, size_t size,
    const sfumato_codec_limits *limits, sfumato_codec_image *image) {
  struct jpeg_progress_mgr progress = {0};
  progress.progress_monitor = on_progress;
  if (setjmp(errors->jump)) return SFUMATO_CODEC_MALFORMED;
  jpeg_create_decompress(jpeg);
  jpeg->progress = &progress;
  jpeg->mem->max_memory_to_use = (long)limits->max_bytes;
  jpeg_mem_src(jpeg, bytes, size);
  jpeg_read_header(jpeg, TRUE);
  J_COLOR_SPACE space = jpeg->jpeg_color_space;
  jpeg->out_color_space = space == JCS_GRAYSCALE                       ? JCS_GRAYSCALE
                          : space == JCS_CMYK || space == JCS_YCCK ? JCS_CMYK
                                                                       : JCS_RGB;
  uint32_t channels = jpeg->out_color_space == JCS_GRAYSCALE ? 1 : 3;
  sfumato_codec_status status =
      sfumato_codec_allocate(image, jpeg->image_width, jpeg->image_height, channels, limits);
  if (status != SFUMATO_CODEC_OK) return status;
  jpeg_start_decompress(jpeg);
  read_rows(jpeg, image);
  jpeg_finish_decompress(jpeg);
  return SFUMATO_CODEC_OK;
}

sfumato_codec_status sfumato_jpeg_decode(
    const uint8_t *bytes, size_t size, const sfumato_codec_limits *limits, sfumato_codec_image *image) {
  memset(image, 0, sizeof *image);
  struct jpeg_decompress_struct jpeg;
  memset(&jpeg, 0, sizeof jpeg);
  jpeg_errors errors;
  memset(&errors, 0, sizeof errors);
  jpeg.err = jpeg_std_error(&errors.base);
  errors.base.error_exit = on_error;
  errors.base.emit_message = on_message;
  errors.message = image->message;
  errors.capacity = sizeof image->message;
  sfumato_codec_status status = decode(&jpeg, &errors, bytes, size, limits, image);
  jpeg_destroy_decompress(&jpeg);
  if (status != SFUMATO_CODEC_OK) {
    free(image->pixels);
    image->pixels = NULL;
  }
  return status;
}
