"""One round of PyTorch's training step: prints a JSON object with the seconds of each timed step.

    train.py FOLDER MODE STEPS

FOLDER is what `bench peer train` wrote, MODE is explained in network.py. The first steps are those of the folder, with the same
weights, pictures, noise and levels; their losses are compared with ours. EDM loss, clipping, AdamW, moving average of the weights.
"""

import json
import sys
import time

import torch
from network import Folder, Mode, peak_bytes, process_age

mode = Mode(sys.argv[2])
folder, steps = Folder(sys.argv[1], mode), int(sys.argv[3])
description = folder.description
parameters = list(folder.model.parameters())
average = [p.detach().clone() for p in parameters]
optimizer = torch.optim.AdamW(
    parameters, lr=1e-3, betas=description["betas"], eps=description["eps"],
    weight_decay=description["weight_decay"], fused=True)


def step(images, noise, sigma, rate, decay):
    c_skip, c_out, c_in, c_noise = folder.preconditioning(sigma)
    noisy = images + sigma.reshape(-1, 1, 1, 1) * noise
    with mode.autocast():
        out = folder.network(c_in * noisy, c_noise).sample
    denoised = c_skip * noisy + c_out * out.float()
    loss = ((denoised - images) ** 2 / c_out**2).mean()
    loss.backward()
    if description["gradient_clip"] > 0:
        torch.nn.utils.clip_grad_norm_(parameters, description["gradient_clip"])
    optimizer.param_groups[0]["lr"] = rate
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    torch._foreach_lerp_(average, [p.detach() for p in parameters], 1 - decay)
    return loss.item()


tensors = folder.tensors("steps")
begin = time.monotonic()
losses = []
for index, (rate, decay) in enumerate(zip(description["learning_rates"], description["average_decays"])):
    images, noise = (mode.images(tensors[f"{name}.{index + 1}"]) for name in ("images", "noise"))
    losses.append(step(images, noise, tensors[f"sigma.{index + 1}"].to(mode.device), rate, decay))
    if index == 0:
        first = process_age()
ready = time.monotonic() - begin
difference = max(abs(a - b) / abs(b) for a, b in zip(losses, description["losses"]))
walls = []
for _ in range(steps):
    begin = time.monotonic()
    sigma = torch.exp(
        torch.randn(len(images), device=mode.device) * description["log_deviation"] + description["log_mean"])
    step(images, torch.randn_like(images), sigma, rate, decay)
    walls.append(time.monotonic() - begin)
print(json.dumps(dict(
    seconds=walls, warm_up=ready, start_to_first_step=first, peak_bytes=peak_bytes(mode.device),
    parameters=sum(p.numel() for p in parameters), losses=losses, difference=difference)))
