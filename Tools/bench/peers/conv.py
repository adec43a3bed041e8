"""One round of PyTorch's 3×3 convolutions: prints a JSON object with the median seconds of forward and backward together, by
layer, and the errors of the three passes against float64, sqrt(sum (a - b)^2 / sum b^2), where they are asked for.

    conv.py MODE BATCH TIMES [errors] CHANNELS@SIZE …
"""

import json
import statistics
import sys
import time

import torch
from network import Mode

mode, batch, times = Mode(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
layers = sys.argv[4:]
measures_errors = layers[:1] == ["errors"]
seconds, errors = {}, {}
for layer in layers[measures_errors:]:
    channels, size = map(int, layer.split("@"))

    def draw(*shape):
        return (torch.rand(shape) * 2 - 1).contiguous(memory_format=mode.layout).to(mode.device)

    x, w, dy = draw(batch, channels, size, size), draw(channels, channels, 3, 3), draw(batch, channels, size, size)

    def run(x=x, w=w, dy=dy):
        y = torch.conv2d(x, w, padding=1)
        return y, *torch.ops.aten.convolution_backward(
            dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [True, True, False])[:2]

    for _ in range(2):
        run()
    walls = []
    for _ in range(times):
        begin = time.monotonic()
        run()
        walls.append(time.monotonic() - begin)
    seconds[layer] = statistics.median(walls)
    if measures_errors:
        x, w, dy = torch.randn_like(x), torch.randn_like(w), torch.randn_like(dy)
        exact = run(x.double(), w.double(), dy.double())
        errors[layer] = [((a - b).norm() / b.norm()).item() for a, b in zip(run(x, w, dy), exact)]
print(json.dumps(dict(seconds=seconds, errors=errors)))
