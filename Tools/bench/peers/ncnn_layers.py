"""One round of ncnn's Vulkan kernels: prints a JSON object with the seconds of a 3×3 convolution, a layer, and of a matrix product.

    ncnn_layers.py BATCH TIMES [CHANNELS@SIZE …] [ROWSxINNER …]

ncnn works on one image: the batch is stacked into a tall one, which is as much work. Chains of two and of six equal layers are
timed, and a fourth of the difference is a layer, so that the way to the device and back does not count. Weights are constant, as
in inference: whatever can be done with them beforehand is done beforehand. Everything is float32.
"""

import json
import statistics
import sys
import tempfile
import time

import ncnn
import numpy

SHORT, LONG = 2, 6
batch, times = int(sys.argv[1]), int(sys.argv[2])
draw = numpy.random.default_rng(0)


def convolution(channels, index):
    return (f"Convolution l{index} 1 1 b{index} b{index + 1} "
            f"0={channels} 1=3 4=1 5=0 6={channels * channels * 9}")


def product(inner, index):
    # Gemm with a constant second factor, inner × inner, and no third operand.
    return (f"Gemm l{index} 1 1 b{index} b{index + 1} "
            f"0=1 1=1 2=0 3=0 4=0 5=1 6=1 7=0 8={inner} 9={inner} 10=-1")


def network(layer, width, weights, length):
    lines = ["7767517", f"{length + 1} {length + 1}", "Input data 0 1 b0"]
    lines += [layer(width, index) for index in range(length)]
    net = ncnn.Net()
    net.opt.use_vulkan_compute = True
    for option in ("fp16_packed", "fp16_storage", "fp16_arithmetic", "bf16_storage", "bf16_packed"):
        setattr(net.opt, f"use_{option}", False)
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/param", "w") as file:
            file.write("\n".join(lines) + "\n")
        with open(f"{folder}/bin", "wb") as file:
            for _ in range(length):
                file.write(numpy.zeros(1, "<u4").tobytes() + weights.astype("<f4").tobytes())
        if net.load_param(f"{folder}/param") or net.load_model(f"{folder}/bin"):
            sys.exit("ncnn refuses the network")
    return net


def seconds(net, length, x):
    extractor = net.create_extractor()
    extractor.input("b0", ncnn.Mat(x))
    begin = time.monotonic()
    status, y = extractor.extract(f"b{length}")
    took = time.monotonic() - begin
    if status or not numpy.isfinite(numpy.array(y)).all():
        sys.exit("ncnn failed")
    return took


def measure(layer, width, weights, x):
    nets = {length: network(layer, width, weights, length) for length in (SHORT, LONG)}
    for length, net in nets.items():
        seconds(net, length, x)
    differences = []
    for _ in range(times):
        taken = {length: seconds(net, length, x) for length, net in nets.items()}
        differences.append((taken[LONG] - taken[SHORT]) / (LONG - SHORT))
    return statistics.median(differences)


result = {}
for name in sys.argv[3:]:
    if "@" in name:
        channels, size = map(int, name.split("@"))
        weights = draw.normal(size=(channels, channels, 3, 3)) / (3 * channels**0.5)
        x = draw.normal(size=(channels, batch * size, size)).astype("f4")
        result[name] = measure(convolution, channels, weights, x)
    else:
        rows, inner = map(int, name.split("x"))
        weights = draw.normal(size=(inner, inner)) / inner**0.5
        result[name] = measure(product, inner, weights, draw.normal(size=(rows, inner)).astype("f4"))
print(json.dumps(result))
