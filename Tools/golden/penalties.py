"""The discriminator's step of a GAN with R1 and R2 gradient penalties, and its parameter gradients, in float64.

The penalties are gradients of a gradient; the parameter gradients differentiate through them, so through every kind of
convolution twice. Images and kernels are stored as (N, C, H, W) and (O, I, kh, kw).
"""

import torch
import torch.nn.functional as F

from common import f32, write

SEED = 50
GAMMA = 5.0
g = torch.Generator().manual_seed(SEED)


def draw(*shape, scale=1.0):
    return torch.randn(*shape, generator=g) * scale


PARAMETERS = {
    "in.weight": draw(8, 3, 3, 3, scale=0.25), "in.bias": draw(8, scale=0.2),
    "down.weight": draw(12, 8, 4, 4, scale=0.12), "down.bias": draw(12, scale=0.2),
    "grouped.weight": draw(12, 4, 3, 3, scale=0.2), "grouped.bias": draw(12, scale=0.2),
    "out.weight": draw(1, 12, 4, 4, scale=0.1), "out.bias": draw(1),
}
real, fake = draw(4, 3, 8, 8), draw(4, 3, 8, 8)


def discriminator(x, p):
    """(N, 3, 8, 8) → a score an image."""
    x = F.leaky_relu(F.conv2d(x, p["in.weight"], p["in.bias"], padding=1), 0.2)
    x = F.leaky_relu(F.conv2d(x, p["down.weight"], p["down.bias"], stride=2, padding=1), 0.2)
    x = x + F.silu(F.conv2d(x, p["grouped.weight"], p["grouped.bias"], padding=1, groups=3))
    return F.conv2d(x, p["out.weight"], p["out.bias"]).flatten()


def penalty(scores, x):
    """Mean over images of the squared norm of the score's gradient."""
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3)).mean()


p = {k: v.double().requires_grad_() for k, v in PARAMETERS.items()}
x, y = real.double().requires_grad_(), fake.double().requires_grad_()
on_real, on_fake = discriminator(x, p), discriminator(y, p)
adversarial = F.softplus(on_fake - on_real).mean()
r1, r2 = penalty(on_real, x), penalty(on_fake, y)
loss = adversarial + GAMMA / 2 * (r1 + r2)
gradients = torch.autograd.grad(loss, list(p.values()) + [x])

out = {"real": f32(real), "fake": f32(fake)} | {k: f32(v) for k, v in PARAMETERS.items()}
for name, value in [("adversarial", adversarial), ("r1", r1), ("r2", r2), ("loss", loss)]:
    out[name] = value.detach().numpy().reshape(1)
for name, gradient in zip(list(p) + ["real"], gradients):
    out["gradient." + name] = gradient.numpy()
write("Autodiff", "penalties", out, SEED, gamma=GAMMA)
