#!/usr/bin/env python3
"""Makes the small images in Tests/Images/Fixtures with Pillow. Usage: image_fixtures.py FOLDER

The tests know the same formula for the pixels, so no expected values are stored except for resizing.
"""
import pathlib
import struct
import sys
import zlib

from PIL import Image

WIDTH, HEIGHT = 24, 16


def pixel(x, y):
    return (10 * x + 5, 15 * y + 7, 8 * (x ^ y) % 256)


def alpha(x, y):
    return (x * 11 + y * 3) % 256


def image(width=WIDTH, height=HEIGHT):
    image = Image.new("RGB", (width, height))
    image.putdata([tuple(v % 256 for v in pixel(x, y)) for y in range(height) for x in range(width)])
    return image


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def interlaced(path):
    """Adam7, which Pillow cannot write: seven passes of every nth pixel, filter type 0."""
    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    rows = b""
    for x0, y0, dx, dy in passes:
        for y in range(y0, HEIGHT, dy):
            rows += b"\0" + b"".join(bytes(pixel(x, y)) for x in range(x0, WIDTH, dx))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 1)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def rgb16(path):
    """16 bits a channel: the 8-bit value in the high byte, and the same in the low one."""
    rows = b""
    for y in range(HEIGHT):
        rows += b"\0" + b"".join(bytes([v, v]) for x in range(WIDTH) for v in pixel(x, y))
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 16, 2, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pngs(folder):
    rgb = image()
    rgb.save(folder / "rgb.png")
    grey = Image.new("L", (WIDTH, HEIGHT))
    grey.putdata([pixel(x, y)[0] for y in range(HEIGHT) for x in range(WIDTH)])
    grey.save(folder / "grey.png")
    mask = Image.new("L", (WIDTH, HEIGHT))
    mask.putdata([alpha(x, y) for y in range(HEIGHT) for x in range(WIDTH)])
    Image.merge("LA", (grey, mask)).save(folder / "grey-alpha.png")
    rgba = rgb.copy()
    rgba.putalpha(mask)
    rgba.save(folder / "rgba.png")
    bits = Image.new("1", (WIDTH, HEIGHT))
    bits.putdata([255 * ((x + y) % 2) for y in range(HEIGHT) for x in range(WIDTH)])
    bits.save(folder / "one-bit.png")
    palette = Image.new("P", (WIDTH, HEIGHT))
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7])
    palette.putdata([(x + y) % 4 for y in range(HEIGHT) for x in range(WIDTH)])
    palette.save(folder / "palette.png")
    palette.save(folder / "palette-transparent.png", transparency=bytes([255, 255, 128, 0]))
    interlaced(folder / "interlaced.png")
    rgb16(folder / "rgb16.png")


def jpegs(folder):
    # Large flat areas, so that compression changes them little.
    quadrants = Image.new("RGB", (48, 32))
    for (x, y), color in {(0, 0): (200, 30, 30), (24, 0): (30, 200, 30), (0, 16): (30, 30, 200)}.items():
        quadrants.paste(color, (x, y, x + 24, y + 16))
    quadrants.paste((220, 220, 220), (24, 16, 48, 32))
    undo = {1: None, 2: Image.FLIP_LEFT_RIGHT, 3: Image.ROTATE_180, 4: Image.FLIP_TOP_BOTTOM,
            5: Image.TRANSPOSE, 6: Image.ROTATE_90, 7: Image.TRANSVERSE, 8: Image.ROTATE_270}
    for orientation, method in undo.items():
        stored = quadrants if method is None else quadrants.transpose(method)
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored.save(folder / f"exif-{orientation}.jpg", quality=95, subsampling=0, exif=exif)
    quadrants.save(folder / "progressive.jpg", quality=95, subsampling=0, progressive=True)
    quadrants.convert("L").save(folder / "grey.jpg", quality=95)
    quadrants.convert("CMYK").save(folder / "cmyk.jpg", quality=95)
    turned = quadrants.transpose(Image.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6
    turned.save(folder / "exif-6.png", exif=exif)


def resized(folder):
    filters = {"triangle": Image.BILINEAR, "cubic": Image.BICUBIC, "lanczos": Image.LANCZOS}
    for name, method in filters.items():
        for size in [(16, 16), (90, 31)]:
            # Half the contrast: Pillow clamps what the filters overshoot between the two axes.
            source = image(61, 47).point(lambda v: 64 + v // 2)
            source.resize(size, method).save(folder / f"resized-{name}-{size[0]}x{size[1]}.png")


if __name__ == "__main__":
    target = pathlib.Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    pngs(target)
    jpegs(target)
    resized(target)
