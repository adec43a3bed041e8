"""Losses and denoisers of every objective, on a stub network with fixed noise, in float64."""

import diffusers
import numpy as np
import torch

from common import betas, f32, write

SEED = 40
N, H, W, C = 4, 3, 2, 3
g = torch.Generator().manual_seed(SEED)
clean = torch.rand(N, H, W, C, generator=g) * 2 - 1
noise = torch.randn(N, H, W, C, generator=g)
mix = torch.randn(C, C, generator=g) * 0.5
slope = torch.randn(C, generator=g) * 0.3
table = torch.randn(3, C, generator=g)
labels = torch.tensor([2, 0, 1, 2])
out = {"clean": f32(clean), "noise": f32(noise), "mix": f32(mix), "slope": f32(slope), "table": f32(table),
       "labels": labels.numpy().astype(np.int32)}
clean, noise, mix, slope, table = (v.double() for v in (clean, noise, mix, slope, table))


def network(x, condition):
    """tanh(x mix + condition slope / 100 + table[label])."""
    return torch.tanh(x @ mix + 0.01 * condition[:, None, None, None] * slope + table[labels][:, None, None])


def each(x):
    return x.square().mean(dim=(1, 2, 3)).numpy()


def spread(x):
    return x[:, None, None, None]


# EDM: loss lambda ||D - y||^2 exactly as the paper's table 1 has it.
def edm(x, sigma, sigma_data):
    s, total = spread(sigma), spread(sigma) ** 2 + sigma_data**2
    c_skip, c_out, c_in = sigma_data**2 / total, s * sigma_data / total.sqrt(), 1 / total.sqrt()
    return c_skip * x + c_out * network(c_in * x, sigma.log() / 4)


for sigma_data in (0.5, 1.3):
    sigma = torch.tensor([0.03, 0.4, 2.5, 60.0]).double()
    denoised = edm(clean + spread(sigma) * noise, sigma, sigma_data)
    weight = (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2
    out[f"edm.{sigma_data}.losses"] = weight.numpy() * each(denoised - clean)
    out[f"edm.{sigma_data}.denoised"] = denoised.numpy()
out["edm.sigma"] = sigma.numpy().astype(np.float32)

# DDPM: noise, velocities and their inverses as diffusers' scheduler has them.
t = torch.tensor([0, 17, 480, 999])
out["ddpm.t"] = t.numpy().astype(np.float32)
for schedule in ("linear", "scaled_linear", "squaredcos_cap_v2"):
    scheduler = diffusers.DDPMScheduler(beta_schedule=schedule, clip_sample=False)
    scheduler.alphas_cumprod = torch.from_numpy(np.cumprod(1 - betas(schedule)))
    noisy = scheduler.add_noise(clean, noise, t)
    alpha = scheduler.alphas_cumprod[t]
    sigma = ((1 - alpha) / alpha).sqrt()
    out[f"ddpm.{schedule}.sigma"] = sigma.numpy()
    prediction = network(noisy, t.double())
    for kind, target in [("epsilon", noise), ("sample", clean),
                         ("v_prediction", scheduler.get_velocity(clean, noise, t))]:
        out[f"ddpm.{schedule}.{kind}.losses"] = each(prediction - target)
        scheduler.register_to_config(prediction_type=kind)
        x = noisy
        denoised = torch.cat([
            scheduler.step(prediction[i:i + 1], int(t[i]), x[i:i + 1]).pred_original_sample for i in range(N)])
        out[f"ddpm.{schedule}.{kind}.denoised"] = denoised.numpy()

# Flow.
time = torch.tensor([0.02, 0.3, 0.75, 0.99]).double()
out["flow.t"] = time.numpy().astype(np.float32)
time = torch.from_numpy(out["flow.t"]).double()
x_t = spread(time) * clean + spread(1 - time) * noise
prediction = network(x_t, 1000 * time)
out["flow.losses"] = each(prediction - (clean - noise))
out["flow.denoised"] = (x_t + spread(1 - time) * prediction).numpy()

# Files hold images as (N, C, H, W).
out = {k: np.moveaxis(v, -1, 1) if v.ndim == 4 else v for k, v in out.items()}
write("Objectives", "losses", out, SEED)
