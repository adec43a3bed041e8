"""One round of PyTorch's training step: prints a JSON object with the seconds of each timed step.

    peer.py DESCRIPTION.json MODE STEPS

DESCRIPTION.json is what `bench describe RECIPE` prints. MODE is nchw, channels_last, compile, bf16 or bf16-compile.
The step is the same as ours: EDM loss, clipping to norm 1, AdamW, moving average of the weights.
"""

import json
import os
import resource
import sys
import time

import torch
from diffusers import UNet2DModel

description = json.load(open(sys.argv[1]))
mode, steps = sys.argv[2], int(sys.argv[3])
torch.set_num_threads(int(os.environ.get("THREADS", os.cpu_count())))
torch.manual_seed(0)
batch, size, channels = (description[key] for key in ("batch", "resolution", "channels"))
model = UNet2DModel.from_config(description["model"])
average = [p.detach().clone() for p in model.parameters()]
if mode != "nchw":
    model = model.to(memory_format=torch.channels_last)
parameters = list(model.parameters())
optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0, fused=True)
network = torch.compile(model) if mode.endswith("compile") else model
images = torch.rand(batch, channels, size, size) * 2 - 1
if mode != "nchw":
    images = images.contiguous(memory_format=torch.channels_last)


def step():
    sigma = torch.exp(torch.randn(batch, 1, 1, 1) * 1.2 - 1.2)
    noisy = images + sigma * torch.randn_like(images)
    total = sigma**2 + 0.25
    with torch.autocast("cpu", torch.bfloat16, enabled=mode.startswith("bf16")):
        out = network(noisy / total.sqrt(), (sigma.log() / 4).flatten()).sample
    denoised = 0.25 / total * noisy + sigma * 0.5 / total.sqrt() * out.float()
    loss = (total / (0.25 * sigma**2) * (denoised - images) ** 2).mean()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(parameters, 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    torch._foreach_lerp_(average, [p.detach() for p in parameters], 1e-3)
    return loss.item()


begin = time.monotonic()
for _ in range(2):
    step()
ready = time.monotonic() - begin
walls = []
for _ in range(steps):
    begin = time.monotonic()
    loss = step()
    walls.append(time.monotonic() - begin)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
parameter_count = sum(p.numel() for p in parameters)
print(json.dumps(dict(seconds=walls, warm_up=ready, peak_bytes=peak, parameters=parameter_count, loss=loss)))
