"""One round of PyTorch's 3×3 convolutions: prints a JSON object with the median seconds of forward and backward together, by layer.

    conv.py MODE BATCH TIMES CHANNELS@SIZE …
"""

import json
import statistics
import sys
import time

import torch
from network import Mode

mode, batch, times = Mode(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
seconds = {}
for layer in sys.argv[4:]:
    channels, size = map(int, layer.split("@"))

    def draw(*shape):
        return (torch.rand(shape) * 2 - 1).contiguous(memory_format=mode.layout).to(mode.device)

    x, w, dy = draw(batch, channels, size, size), draw(channels, channels, 3, 3), draw(batch, channels, size, size)

    def run():
        torch.conv2d(x, w, padding=1)
        torch.ops.aten.convolution_backward(
            dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [True, True, False])

    for _ in range(2):
        run()
    walls = []
    for _ in range(times):
        begin = time.monotonic()
        run()
        walls.append(time.monotonic() - begin)
    seconds[layer] = statistics.median(walls)
print(json.dumps(dict(seconds=seconds)))
