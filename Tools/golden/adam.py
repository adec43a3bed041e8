"""Adam: ten steps on two parameters from given gradients, in float64."""

import numpy as np
import torch

from common import f32, write

SEED = 70
STEPS, DECAY = 10, 0.8
SETTINGS = {
    "r3gan": dict(lr=2e-2, betas=(0.0, 0.9), eps=1e-8),
    "usual": dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-3),
}
g = torch.Generator().manual_seed(SEED)
starts = {"p": torch.randn(5, 3, generator=g), "q": torch.randn(7, generator=g)}
# Gradients of very different sizes, and the same element's change of size from step to step.
gradients = {
    name: torch.randn(STEPS, *start.shape, generator=g) * 10 ** (3 * torch.randn(STEPS, *start.shape, generator=g) / 2)
    for name, start in starts.items()
}
out = {f"start.{name}": f32(value) for name, value in starts.items()}
out |= {f"gradient.{name}": f32(value) for name, value in gradients.items()}
for kind, settings in SETTINGS.items():
    parameters = {name: value.double().requires_grad_() for name, value in starts.items()}
    averages = {name: value.double() for name, value in starts.items()}
    optimizer = torch.optim.Adam(parameters.values(), **settings)
    for number in range(STEPS):
        for name, parameter in parameters.items():
            parameter.grad = gradients[name][number].double()
        optimizer.step()
        for name, parameter in parameters.items():
            averages[name] = DECAY * averages[name] + (1 - DECAY) * parameter.detach()
    for name, parameter in parameters.items():
        state = optimizer.state[parameter]
        out[f"{kind}.parameter.{name}"] = parameter.detach().numpy()
        out[f"{kind}.ema.{name}"] = averages[name].numpy()
        out[f"{kind}.optimizer.m.{name}"] = state["exp_avg"].numpy()
        out[f"{kind}.optimizer.v.{name}"] = state["exp_avg_sq"].numpy()
write("Optimizers", "adam", out, SEED, settings=SETTINGS, decay=DECAY, steps=STEPS)
