"""Layers with parameters or fused gradients: outputs, and gradients of <output, direction>, in float64.

Images are stored as (N, C, H, W).
"""

import numpy as np
import torch
import torch.nn.functional as F
from diffusers.models.embeddings import GaussianFourierProjection, get_timestep_embedding
from torch.nn.attention import SDPBackend, sdpa_kernel

from common import f32, write

SEED = 30
g = torch.Generator().manual_seed(SEED)
out = {}


def draw(*shape, scale=1.0):
    return torch.randn(*shape, generator=g) * scale


def record(name, function, **inputs):
    """Stores inputs, output, direction, gradients, and the gradients of a second-order scalar."""
    for key, value in inputs.items():
        out[f"{name}.{key}"] = f32(value)
    inputs = {k: v.double().requires_grad_() for k, v in inputs.items()}
    y = function(**inputs)
    direction = draw(*y.shape)
    out[f"{name}.direction"] = f32(direction)
    out[f"{name}.y"] = y.detach().numpy()
    gradients = torch.autograd.grad((y * direction.double()).sum(), inputs.values(), create_graph=True)
    for key, gradient in zip(inputs, gradients):
        out[f"{name}.gradient.{key}"] = gradient.detach().numpy()
    total = sum(gradient.square().sum() for gradient in gradients)
    if not total.requires_grad:
        return
    second = torch.autograd.grad(total, inputs.values(), allow_unused=True)
    for (key, value), gradient in zip(inputs.items(), second):
        out[f"{name}.second.{key}"] = (torch.zeros_like(value) if gradient is None else gradient).numpy()


norm = dict(x=draw(2, 6, 3, 5, scale=2) + 1, weight=1 + draw(6, scale=0.3), bias=draw(6, scale=0.3))
record("groupNorm.2", lambda x, weight, bias: F.group_norm(x, 2, weight, bias, 1e-5), **norm)
record("groupNorm.6.silu", lambda x, weight, bias: F.silu(F.group_norm(x, 6, weight, bias, 1e-3)), **norm)
record("groupNorm.1.silu", lambda x, weight, bias: F.silu(F.group_norm(x, 1, weight, bias, 1e-6)), **norm)
record("silu", lambda x: F.silu(x), x=torch.cat([draw(40, scale=3), torch.tensor([-200.0, 200, 0])]))
record("softmax", lambda x: torch.softmax(x, -1), x=draw(4, 7, scale=4))
for heads in (1, 2):
    split = lambda v: v.unflatten(2, (heads, -1)).transpose(1, 2)
    with sdpa_kernel(SDPBackend.MATH):  # the only one with second derivatives
        record(
            f"attention.{heads}",
            lambda q, k, v: F.scaled_dot_product_attention(split(q), split(k), split(v)).transpose(1, 2).flatten(2),
            q=draw(2, 5, 8), k=draw(2, 4, 8), v=draw(2, 4, 8))
record("upsample", lambda x: F.interpolate(x, scale_factor=2, mode="nearest"), x=draw(2, 3, 2, 3))
record(
    "conv.strided", lambda x, weight, bias: F.conv2d(F.pad(x, (0, 1, 0, 1)), weight, bias, stride=2),
    x=draw(2, 3, 6, 4), weight=draw(5, 3, 3, 3, scale=0.3), bias=draw(5))
record("linear", lambda x, weight, bias: F.linear(x, weight, bias), x=draw(2, 3, 4), weight=draw(5, 4),
       bias=draw(5))
record("embedding", lambda weight: weight[torch.tensor([3, 0, 3])], weight=draw(4, 6))

# Of generators and discriminators. Resampling is by one kernel [1, 3, 3, 1] ⊗ [1, 3, 3, 1] a channel.
record("leakyReLU", lambda x: F.leaky_relu(x, 0.2), x=torch.cat([draw(40, scale=3), torch.tensor([-200.0, 200, 0])]))
record("softplus", F.softplus, x=torch.cat([draw(40, scale=3), torch.tensor([-200.0, -30, 30, 200, 0])]))
lowpass = lambda x, gain: (torch.outer(*[x.new_tensor([1.0, 3, 3, 1])] * 2) * gain / 64).expand(x.shape[1], 1, 4, 4)
record("upsampleSmoothly", lambda x: F.conv_transpose2d(x, lowpass(x, 4), stride=2, padding=1, groups=3).square(),
       x=draw(2, 3, 3, 5))
record("downsampleSmoothly", lambda x: F.conv2d(x, lowpass(x, 1), stride=2, padding=1, groups=3).square(),
       x=draw(2, 3, 6, 4))
record("upsampleSmoothly.1", lambda x: F.conv_transpose2d(x, lowpass(x, 4), stride=2, padding=1, groups=2),
       x=draw(1, 2, 1, 1))
for kernel, stride in ((4, 2), (3, 1), (5, 3)):
    record(
        f"convTransposed.{kernel}.{stride}",
        lambda x, weight, bias: F.conv_transpose2d(x, weight, bias, stride, (kernel - stride) // 2),
        x=draw(2, 6, 4, 3), weight=draw(6, 5, kernel, kernel, scale=0.3), bias=draw(5))
record("conv.grouped", lambda x, weight, bias: F.conv2d(x, weight, bias, padding=1, groups=3),
       x=draw(2, 12, 5, 4), weight=draw(6, 4, 3, 3, scale=0.3), bias=draw(6))
record("conv.depthwise", lambda x, weight: F.conv2d(x, weight, stride=2, padding=1, groups=6),
       x=draw(2, 6, 6, 4), weight=draw(12, 1, 4, 4, scale=0.3))

# Timestep embeddings, by the formula in float64; diffusers' float32 version is only accurate to 1e-5 at t = 999.
t = torch.tensor([0.0, 1.5, 37, 999])
out["time.t"] = f32(t)
for size, flip, shift in [(8, True, 0), (8, False, 1), (7, True, 0)]:
    half = size // 2
    f = np.exp(-np.log(10000) * np.arange(half) / (half - shift))
    angles = t.double().numpy()[:, None] * f
    parts = [np.sin(angles), np.cos(angles)]
    value = np.concatenate(parts[::-1] if flip else parts, axis=1)
    if size % 2:
        value = np.pad(value, ((0, 0), (0, 1)))
    out[f"time.{size}.{int(flip)}.{shift}"] = value
    stock = get_timestep_embedding(t, size, flip_sin_to_cos=flip, downscale_freq_shift=shift)
    assert np.abs(stock.numpy() - value).max() < 2e-4

torch.manual_seed(SEED)
fourier = GaussianFourierProjection(embedding_size=5, scale=1).double()
with torch.no_grad():
    fourier.weight.copy_(fourier.weight.float().double())
levels = torch.tensor([0.02, 1.0, 7.5])
out["fourier.t"] = f32(levels)
out["fourier.weight"] = f32(fourier.weight)
out["fourier.y"] = fourier(levels.double()).detach().numpy()

write("NN", "layers", out, SEED)
