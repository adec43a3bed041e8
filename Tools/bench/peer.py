"""One round of PyTorch's training step: prints a JSON object with the seconds of each timed step.

    peer.py DESCRIPTION.json MODE STEPS

DESCRIPTION.json is what `bench describe RECIPE` prints. MODE is made of words with + between them: nchw or channels_last,
bf16 or tf32 (else f32), compile or compile=KIND (reduce-overhead, max-autotune), cuda (else the CPU).
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
words, steps = sys.argv[2].split("+"), int(sys.argv[3])
compiled = next((word for word in words if word.startswith("compile")), None)
device = "cuda" if "cuda" in words else "cpu"
layout = torch.contiguous_format if "nchw" in words else torch.channels_last
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in words
torch.backends.cudnn.benchmark = True
torch.set_num_threads(int(os.environ.get("THREADS", os.cpu_count())))
torch.manual_seed(0)
batch, size, channels = (description[key] for key in ("batch", "resolution", "channels"))
model = UNet2DModel.from_config(description["model"]).to(device, memory_format=layout)
average = [p.detach().clone() for p in model.parameters()]
parameters = list(model.parameters())
optimizer = torch.optim.AdamW(parameters, lr=1e-3, weight_decay=0, fused=True)
network = model
if compiled:
    _, _, kind = compiled.partition("=")
    network = torch.compile(model, mode=kind or None)
images = (torch.rand(batch, channels, size, size, device=device) * 2 - 1).contiguous(memory_format=layout)


def step():
    sigma = torch.exp(torch.randn(batch, 1, 1, 1, device=device) * 1.2 - 1.2)
    noisy = images + sigma * torch.randn_like(images)
    total = sigma**2 + 0.25
    with torch.autocast(device, torch.bfloat16, enabled="bf16" in words):
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
if device == "cuda":
    peak = torch.cuda.max_memory_allocated()
parameter_count = sum(p.numel() for p in parameters)
print(json.dumps(dict(seconds=walls, warm_up=ready, peak_bytes=peak, parameters=parameter_count, loss=loss)))
