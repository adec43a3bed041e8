"""One round of PyTorch's products and convolutions on a GPU: prints a JSON object with the median seconds of each, by the name that
`sfumato bench ops` gives it, on the device's own clock.

    gpu_kernels.py MODE BATCH TIMES SUBJECT …

MODE is explained in network.py; f16 is another word here, and values are stored as it says. A SUBJECT is CHANNELS@SIZE for a
convolution's three passes, or ROWSxINNERxCOLUMNS for a product.
"""

import json
import statistics
import sys

import torch
from network import Mode

words = sys.argv[1].split("+")
mode = Mode("+".join(word for word in words if word != "f16"))
dtype = torch.float16 if "f16" in words else torch.bfloat16 if mode.half else torch.float32
batch, times = int(sys.argv[2]), int(sys.argv[3])


def draw(*shape):
    values = (torch.rand(shape, device=mode.device) * 2 - 1).to(dtype)
    return values.contiguous(memory_format=mode.layout) if len(shape) == 4 else values


def seconds(run):
    """Of one run among ten that are recorded together, so that the host is not what is timed."""
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    recorded = torch.cuda.CUDAGraph()
    with torch.cuda.graph(recorded):
        for _ in range(10):
            run()
    mode.settle(recorded.replay)
    found = []
    for _ in range(times):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        recorded.replay()
        end.record()
        end.synchronize()
        found.append(begin.elapsed_time(end) / 1e4)
    return statistics.median(found)


def backward(dy, x, w, wanted):
    return torch.ops.aten.convolution_backward(
        dy, x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 1, [*wanted, False])


result = {}
for subject in sys.argv[4:]:
    if "@" in subject:
        channels, size = map(int, subject.split("@"))
        x, w, dy = draw(batch, channels, size, size), draw(channels, channels, 3, 3), draw(batch, channels, size, size)
        result[f"conv {subject}"] = seconds(lambda: torch.conv2d(x, w, padding=1))
        result[f"convGradInput {subject}"] = seconds(lambda: backward(dy, x, w, (True, False)))
        result[f"convGradWeight {subject}"] = seconds(lambda: backward(dy, x, w, (False, True)))
    else:
        rows, inner, columns = map(int, subject.split("x"))
        a, b = draw(rows, inner), draw(inner, columns)
        result[f"matmul {rows}×{inner}×{columns}"] = seconds(lambda: a @ b)
print(json.dumps(result))
