"""Trajectories of every sampler with an analytic denoiser, and the noise schedules.

DDPM and DDIM come from diffusers' schedulers with their tables promoted to float64. The samplers in the EDM
parametrisation are float64 NumPy written from the papers' formulas; where diffusers has the same sampler (in
float32), the two are asserted to agree.
"""

import diffusers
import numpy as np
import torch
from diffusers.schedulers import scheduling_ddim, scheduling_ddpm

from common import betas, write

SEED = 20
N = 24
rng = np.random.default_rng(SEED)
# Each element's clean values are a mixture of two Gaussians at +-a with deviation s.
a = rng.uniform(0.2, 0.9, N).astype(np.float32)
s = rng.uniform(0.05, 0.4, N).astype(np.float32)
unit = rng.standard_normal(N).astype(np.float32)
noise = rng.standard_normal((64, N)).astype(np.float32)
out = {"a": a, "s": s, "unit": unit, "noise": noise}


def denoise(x, sigma):
    """The exact E[x0 | x0 + sigma n = x]."""
    aa, v = a.astype(np.float64), s.astype(np.float64) ** 2
    total = v + sigma**2
    return (v * x + sigma**2 * aa * np.tanh(aa * x / total)) / total


def karras(n, low=0.002, high=80.0, rho=7.0):
    i = np.arange(n) / max(n - 1, 1)
    sigmas = (high ** (1 / rho) + i * (low ** (1 / rho) - high ** (1 / rho))) ** rho
    return np.append(sigmas, 0.0)


def euler(sigmas):
    x, path = unit.astype(np.float64) * sigmas[0], []
    for i in range(len(sigmas) - 1):
        d = (x - denoise(x, sigmas[i])) / sigmas[i]
        x = x + d * (sigmas[i + 1] - sigmas[i])
        path.append(x)
    return np.stack(path)


def euler_ancestral(sigmas):
    x, path = unit.astype(np.float64) * sigmas[0], []
    for i in range(len(sigmas) - 1):
        here, there = sigmas[i], sigmas[i + 1]
        up = min(there, np.sqrt(there**2 * (here**2 - there**2) / here**2))
        down = np.sqrt(there**2 - up**2)
        d = (x - denoise(x, here)) / here
        x = x + d * (down - here)
        if there > 0:
            x = x + noise[i] * up
        path.append(x)
    return np.stack(path)


def heun(sigmas, churn=0.0, low=0.0, high=np.inf, s_noise=1.0):
    n = len(sigmas) - 1
    x, path = unit.astype(np.float64) * sigmas[0], []
    for i in range(n):
        t, t_next = sigmas[i], sigmas[i + 1]
        gamma = min(churn / n, np.sqrt(2) - 1) if low <= t <= high else 0.0
        t_hat = t * (1 + gamma)
        if gamma > 0:
            x = x + np.sqrt(t_hat**2 - t**2) * s_noise * noise[i]
        d = (x - denoise(x, t_hat)) / t_hat
        x_next = x + (t_next - t_hat) * d
        if t_next > 0:
            d2 = (x_next - denoise(x_next, t_next)) / t_next
            x_next = x + (t_next - t_hat) * (d + d2) / 2
        x = x_next
        path.append(x)
    return np.stack(path)


def dpm_2m(sigmas):
    x, path, old, h_last = unit.astype(np.float64) * sigmas[0], [], None, None
    for i in range(len(sigmas) - 1):
        here, there = sigmas[i], sigmas[i + 1]
        d = denoise(x, here)
        if there == 0:
            x = d
        else:
            h = np.log(here) - np.log(there)
            mixed = d
            if old is not None:
                r = h_last / h
                mixed = (1 + 1 / (2 * r)) * d - 1 / (2 * r) * old
            x = (there / here) * x - np.expm1(-h) * mixed
            old, h_last = d, h
        path.append(x)
    return np.stack(path)


def flow_euler(n):
    """Euler on x_t = t x1 + (1 - t) noise from t = 1e-4, where sigma = (1 - t) / t, in x_t."""
    ts = np.maximum(np.arange(n + 1) / n, 1e-4)
    x, path = (1 - ts[0]) * unit.astype(np.float64), []
    for t, t_next in zip(ts[:-1], ts[1:]):
        velocity = (denoise(x / t, (1 - t) / t) - x) / (1 - t)
        x = x + (t_next - t) * velocity
        path.append(x / t_next)
    return ts, np.stack(path)


def check(name, mine, scheduler, sigmas, ancestral_noise=None):
    """Asserts that diffusers' float32 scheduler walks the same way."""
    module = __import__(type(scheduler).__module__, fromlist=["x"])
    scheduler.set_timesteps(len(sigmas) - 1)
    scheduler.sigmas = torch.from_numpy(sigmas).float()
    if type(scheduler).__name__ == "HeunDiscreteScheduler":
        doubled = np.concatenate([sigmas[:1], np.repeat(sigmas[1:-1], 2), sigmas[-1:]])
        scheduler.sigmas = torch.from_numpy(doubled).float()
    x = torch.from_numpy(unit).double() * sigmas[0]
    for i, t in enumerate(scheduler.timesteps):
        step = i
        if ancestral_noise is not None:
            module.randn_tensor = lambda *_, **__: torch.from_numpy(ancestral_noise[step]).double()
        if scheduler.step_index is None:
            scheduler._step_index = 0
        sigma = float(scheduler.sigmas[scheduler.step_index])
        d = denoise(x.numpy(), sigma)
        output = torch.from_numpy((x.numpy() - d) / sigma)
        if type(scheduler).__name__.startswith("EDM"):  # takes the raw network F of D = c_skip x + c_out F
            total = sigma**2 + 0.25
            output = torch.from_numpy((d - 0.25 / total * x.numpy()) * np.sqrt(total) / (0.5 * sigma))
        x = scheduler.step(output, t, x).prev_sample.double()
    error = np.abs(x.numpy() - mine[-1]).max()
    assert error < 2e-5, (name, error)
    return float(error)


def promote(scheduler):
    """Recomputes a scheduler's tables in float64."""
    scheduler.betas = torch.from_numpy(betas(scheduler.config.beta_schedule, scheduler.config.beta_start,
                                             scheduler.config.beta_end))
    scheduler.alphas = 1 - scheduler.betas
    scheduler.alphas_cumprod = torch.cumprod(scheduler.alphas, 0)
    scheduler.one = torch.tensor(1.0, dtype=torch.float64)
    if hasattr(scheduler, "final_alpha_cumprod"):
        scheduler.final_alpha_cumprod = scheduler.one
    return scheduler


def variance_preserving(scheduler, module, count, **arguments):
    scheduler = promote(scheduler)
    scheduler.set_timesteps(count)
    x, path = torch.from_numpy(unit).double()[None], []
    for i, t in enumerate(scheduler.timesteps):
        alpha = float(scheduler.alphas_cumprod[t])
        sigma = np.sqrt((1 - alpha) / alpha)
        d = denoise(x.numpy() / np.sqrt(alpha), sigma)
        epsilon = torch.from_numpy((x.numpy() - np.sqrt(alpha) * d) / np.sqrt(1 - alpha))
        module.randn_tensor = lambda *_, **__: torch.from_numpy(noise[i]).double()[None]
        x = scheduler.step(epsilon, int(t), x, **arguments).prev_sample
        path.append(x.numpy()[0])
    return scheduler.timesteps.numpy(), np.stack(path)


sigmas = karras(18)
out["sigmas.karras"] = sigmas
out["euler"] = euler(sigmas)
out["euler_ancestral"] = euler_ancestral(sigmas)
out["heun"] = heun(sigmas)
out["heun.churn"] = heun(sigmas, churn=40, low=0.05, high=50, s_noise=1.003)
out["dpm++2m"] = dpm_2m(sigmas)
out["flow.t"], out["flow"] = flow_euler(12)

agreement = {
    "euler": check("euler", out["euler"], diffusers.EulerDiscreteScheduler(), sigmas),
    "euler_ancestral": check(
        "euler_ancestral", out["euler_ancestral"], diffusers.EulerAncestralDiscreteScheduler(), sigmas, noise),
    "heun": check("heun", out["heun"], diffusers.HeunDiscreteScheduler(), sigmas),
    "dpm++2m": check("dpm++2m", out["dpm++2m"], diffusers.EDMDPMSolverMultistepScheduler(), sigmas),
}

clipped = dict(clip_sample=True, clip_sample_range=0.6)
for name, count, options in [
    ("leading", 10, dict(clip_sample=False)),
    ("trailing", 10, dict(clip_sample=False, timestep_spacing="trailing")),
    ("clip", 20, clipped),
    ("cosine", 20, dict(clip_sample=False, beta_schedule="squaredcos_cap_v2")),
]:
    t, path = variance_preserving(diffusers.DDPMScheduler(**options), scheduling_ddpm, count)
    out[f"ddpm.{name}.timesteps"], out[f"ddpm.{name}"] = t, path
    for eta in (0.0, 0.5, 1.0):
        t, path = variance_preserving(diffusers.DDIMScheduler(**options), scheduling_ddim, count, eta=eta)
        out[f"ddim.{name}.{eta}"] = path

for spacing in ("leading", "trailing", "linspace"):
    for count in (1, 7, 18, 50, 1000):
        scheduler = diffusers.DDPMScheduler(timestep_spacing=spacing)
        scheduler.set_timesteps(count)
        out[f"timesteps.{spacing}.{count}"] = scheduler.timesteps.numpy().astype(np.int64)

for name, start, end in [
    ("linear", 1e-4, 0.02), ("scaled_linear", 0.00085, 0.012), ("squaredcos_cap_v2", 0, 0)]:
    promoted = np.cumprod(1 - betas(name, start, end))
    stock = diffusers.DDPMScheduler(beta_schedule=name, beta_start=start, beta_end=end)
    assert np.allclose(stock.alphas_cumprod.numpy(), promoted, rtol=2e-3), name
    out[f"alphas_cumprod.{name}"] = promoted[[0, 1, 250, 500, 750, 999]]

write("Samplers", "samplers", out, SEED, diffusers_agreement=agreement)
