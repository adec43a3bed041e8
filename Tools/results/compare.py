"""Prints the largest relative difference of two logs' losses and the PSNR of two PNG files of 8-bit RGB.

Ends with 1 when losses differ by more than 1e-3 or the images' PSNR is below 45 dB.
"""
import json
import math
import struct
import sys
import zlib


def losses(path):
    with open(path) as lines:
        return [json.loads(line)["loss"] for line in lines]


def pixels(path):
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            packed += body
        at += 12 + length
    assert (depth, colour, interlace) == (8, 2, 0), "expected plain 8-bit RGB"
    raw, stride, above, out = zlib.decompress(packed), 3 * width, bytearray(3 * width), bytearray()
    for row in range(height):
        start = row * (stride + 1)
        line = unfilter(raw[start], bytearray(raw[start + 1 : start + 1 + stride]), above)
        out += line
        above = line
    return out


def unfilter(kind, line, above):
    for i in range(len(line)):
        left = line[i - 3] if i >= 3 else 0
        corner = above[i - 3] if i >= 3 else 0
        line[i] = (line[i] + predict(kind, left, above[i], corner)) & 255
    return line


def predict(kind, left, up, corner):
    if kind < 4:
        return (0, left, up, (left + up) // 2)[kind]
    guess = left + up - corner
    return min((left, up, corner), key=lambda value: abs(guess - value))


a, b = losses(sys.argv[1]), losses(sys.argv[2])
worst = max(abs(x - y) / abs(x) for x, y in zip(a, b))
print(f"losses: {len(a)} steps, largest relative difference {worst:.2e}")
p, q = pixels(sys.argv[3]), pixels(sys.argv[4])
squares = sum((x - y) ** 2 for x, y in zip(p, q))
print("images: " + ("equal" if squares == 0 else f"PSNR {10 * math.log10(255**2 * len(p) / squares):.1f} dB"))
sys.exit(worst > 1e-3 or squares * 10**4.5 > 255**2 * len(p))
