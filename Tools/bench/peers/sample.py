"""One round of making images with PyTorch: prints a JSON object with the seconds that all of them took, each time.

    sample.py FOLDER MODE TIMES

FOLDER is what `bench peer sample` wrote, MODE is explained in network.py. Heun's method (Karras et al., 2022, algorithm 1) from the
folder's noise; the result is compared with ours.
"""

import json
import sys
import time

import torch
from network import Folder, Mode, peak_bytes

mode = Mode(sys.argv[2])
folder, times = Folder(sys.argv[1], mode), int(sys.argv[3])
tensors = folder.tensors("images")
noise, expected = mode.images(tensors["noise"]), mode.images(tensors["result"])
evaluations = 0


def slope(x, level):
    """(x − D(x; σ))/σ, the walk in float64 and the network in float32."""
    global evaluations
    evaluations += 1
    single = x.float()
    sigma = torch.full((len(x),), level, device=x.device)
    c_skip, c_out, c_in, c_noise = folder.preconditioning(sigma)
    with mode.autocast():
        out = folder.network(c_in * single, c_noise).sample
    return (x - (c_skip * single + c_out * out.float()).double()) / level


@torch.no_grad()
def walk():
    sigmas = folder.description["sigmas"]
    x = noise.double() * sigmas[0]
    for here, there in zip(sigmas, sigmas[1:]):
        first = slope(x, here)
        euler = x + (there - here) * first
        x = euler if there == 0 else x + (there - here) / 2 * (first + slope(euler, there))
    return x.float()


begin = time.monotonic()
result = walk()
ready = time.monotonic() - begin
difference, needed = (result - expected).abs().max().item(), evaluations
if needed != folder.description["evaluations"]:
    sys.exit(f"{needed} evaluations of the network, ours are {folder.description['evaluations']}")
mode.settle(walk)
walls = []
for _ in range(times):
    begin = time.monotonic()
    walk()[0, 0, 0, 0].item()
    walls.append(time.monotonic() - begin)
print(json.dumps(dict(
    seconds=walls, warm_up=ready, evaluations=needed, peak_bytes=peak_bytes(mode.device), difference=difference,
    largest=expected.abs().max().item())))
