"""Generators and discriminators: images, losses, gradient penalties and the gradients of all parameters, in float64.

R3GAN (Huang et al., 2024) and DCGAN (Radford et al., 2015), each with and without classes, written from the papers with functions
of PyTorch. Images and kernels are stored as (N, C, H, W) and (O, I, kh, kw).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from common import f32, f64, write

# What the toolkit draws uniformly for (seed 21, step 3): where a penalty between real and made images is taken.
KEY = (21, 3)
BETWEEN = (0.3851930499076843, 0.8285980820655823, 0.41043418645858765, 0.3949238657951355)


class Parameters(dict):
    """Parameters by path, drawn when a network first asks for them; none begins at a special value such as 0."""

    def __init__(self, seed=None):
        """Without a seed they have shapes only."""
        super().__init__()
        self.generator = None if seed is None else torch.Generator().manual_seed(seed)

    def at(self, path):
        return lambda name, *shape, gain=None: self.parameter(path + "." + name, shape, gain)

    def parameter(self, name, shape, gain):
        """Gaussian, of the deviation `gain`, or gain 1 over the root of the inputs of an output."""
        if name not in self:
            if self.generator is None:
                value = torch.empty(shape, dtype=torch.float64, device="meta")
            else:
                gain = gain or 1 / math.sqrt(math.prod(shape[1:]))
                value = (torch.randn(shape, generator=self.generator) * gain).double()
            self[name] = value.requires_grad_()
        assert self[name].shape == shape, name
        return self[name]


def resampling(x, gain):
    """[1, 3, 3, 1] along both axes as one kernel a channel, whose sum is `gain`."""
    row = x.new_tensor([1.0, 3, 3, 1]) if x.device.type == "cpu" else x.new_empty(4)
    return (torch.outer(row, row) * (gain / 64)).expand(x.shape[1], 1, 4, 4)


def upsampled(x):
    """Zeros between pixels, then the filter, as upfirdn of StyleGAN2."""
    n, c, h, w = x.shape
    apart = torch.stack([x, torch.zeros_like(x)], dim=-1).reshape(n, c, h, 2 * w)
    apart = torch.stack([apart, torch.zeros_like(apart)], dim=-2).reshape(n, c, 2 * h, 2 * w)
    return F.conv2d(F.pad(apart, (2, 1, 2, 1)), resampling(x, 4), groups=c)


def downsampled(x):
    """The filter, then every other pixel."""
    return F.conv2d(F.pad(x, (1, 1, 1, 1)), resampling(x, 1), groups=x.shape[1])[:, :, ::2, ::2]


def leaky(x):
    return F.leaky_relu(x, 0.2)


def spread(bias):
    return bias.reshape(1, -1, 1, 1)


class R3GAN:
    """Stages of residual blocks; `widths` are those of the stages, 4×4 first."""

    def __init__(self, resolution, channels, classes, widths, blocks, expansion, group_channels, latent_size):
        assert 4 << (len(widths) - 1) == resolution
        self.resolution, self.channels, self.classes, self.latent_size = resolution, channels, classes, latent_size
        self.widths, self.blocks, self.expansion, self.group_channels = widths, blocks, expansion, group_channels

    def block(self, p, path, x):
        width = x.shape[1]
        inner = width * self.expansion
        expand, group, project = (p.at(f"{path}.{name}") for name in ("expand", "group", "project"))
        h = leaky(F.conv2d(x, expand("weight", inner, width, 1, 1)) + spread(expand("bias", inner, gain=0.3)))
        h = F.conv2d(h, group("weight", inner, self.group_channels, 3, 3), padding=1, groups=inner // self.group_channels)
        h = leaky(h + spread(group("bias", inner, gain=0.3)))
        return x + F.conv2d(h, project("weight", width, inner, 1, 1, gain=0.5 / math.sqrt(inner)))

    def stage(self, p, path, x):
        for number in range(self.blocks):
            x = self.block(p, f"{path}.blocks.{number}", x)
        return x

    def transition(self, p, path, x, width):
        if x.shape[1] == width:
            return x
        return F.conv2d(x, p.at(path + ".transition")("weight", width, x.shape[1], 1, 1))

    def generate(self, p, z, labels):
        root, first = "generator", self.widths[0]
        if labels is not None:
            table = p.at(root + ".class_embedding")("weight", self.classes, self.latent_size, gain=1)
            z = torch.cat([z, table[labels]], dim=1)
        basis = p.at(root)("basis", 4, 4, first, gain=1)
        weights = z @ p.at(root + ".linear")("weight", first, z.shape[1]).T
        h = torch.einsum("yxc,nc->ncyx", basis, weights)
        for number, width in enumerate(self.widths):
            path = f"{root}.stages.{number}"
            if number > 0:
                h = upsampled(self.transition(p, path, h, width))
            h = self.stage(p, path, h)
        return F.conv2d(h, p.at(root + ".to_picture")("weight", self.channels, h.shape[1], 1, 1))

    def discriminate(self, p, x, labels):
        root, widths = "discriminator", self.widths[::-1]
        h = F.conv2d(x, p.at(root + ".from_picture")("weight", widths[0], self.channels, 1, 1))
        for number, following in enumerate(widths[1:] + [None]):
            path = f"{root}.stages.{number}"
            h = self.stage(p, path, h)
            if following:
                h = self.transition(p, path, downsampled(h), following)
        width = h.shape[1]
        features = torch.einsum("ncyx,yxc->nc", h, p.at(root)("basis", 4, 4, width, gain=0.25))
        linear = p.at(root + ".linear")
        if labels is None:
            return (features @ linear("weight", 1, width).T).flatten()
        table = p.at(root + ".class_embedding")("weight", self.classes, width, gain=1)
        return torch.einsum("nc,nc->n", features @ linear("weight", width, width).T, table[labels]) / math.sqrt(width)


class DCGAN:
    """4×4 convolutions of stride 2, with group normalisation in the generator."""

    def __init__(self, resolution, channels, classes, width, latent_size):
        self.resolution, self.channels, self.classes, self.latent_size = resolution, channels, classes, latent_size
        self.widths = [width << level for level in range(int(math.log2(resolution // 4)))]

    def generate(self, p, z, labels):
        root, deepest = "generator", self.widths[-1]
        if labels is not None:
            table = p.at(root + ".class_embedding")("weight", self.classes, self.latent_size, gain=1)
            z = torch.cat([z, table[labels]], dim=1)
        linear = p.at(root + ".linear")
        h = F.linear(z, linear("weight", 16 * deepest, z.shape[1]), linear("bias", 16 * deepest, gain=0.3))
        h = h.reshape(-1, 4, 4, deepest).permute(0, 3, 1, 2)
        for number, width in enumerate(self.widths[:-1][::-1] + [self.channels]):
            depth = h.shape[1]
            norm, conv = (p.at(f"{root}.stages.{number}.{name}") for name in ("norm", "conv"))
            h = F.group_norm(h, min(8, depth // 4), norm("weight", depth, gain=1), norm("bias", depth, gain=0.3))
            h = F.conv_transpose2d(
                leaky(h), conv("weight", depth, width, 4, 4, gain=0.5 / math.sqrt(depth)),
                conv("bias", width, gain=0.3), stride=2, padding=1)
        return h.tanh()

    def discriminate(self, p, x, labels):
        root, h = "discriminator", x
        for number, width in enumerate(self.widths):
            conv = p.at(f"{root}.stages.{number}.conv")
            h = leaky(F.conv2d(
                h, conv("weight", width, h.shape[1], 4, 4, gain=1.5 / math.sqrt(16 * h.shape[1])),
                conv("bias", width, gain=0.3), stride=2, padding=1))
        features, width = h.permute(0, 2, 3, 1).flatten(1), h.shape[1]
        linear, projection = p.at(root + ".linear"), p.at(root + ".projection")
        score = F.linear(features, linear("weight", 1, features.shape[1]), linear("bias", 1, gain=0.3)).flatten()
        if labels is None:
            return score
        fit = F.linear(
            features, projection("weight", width, features.shape[1]), projection("bias", width, gain=0.3))
        table = p.at(root + ".class_embedding")("weight", self.classes, width, gain=1)
        return score + (fit * table[labels]).sum(1) / math.sqrt(width)


# Losses of the scores of real (r) and made (f) images: the discriminator's, the generator's.
LOSSES = {
    "relativistic": (lambda r, f: F.softplus(f - r), lambda r, f: F.softplus(r - f)),
    "non_saturating": (lambda r, f: F.softplus(-r) + F.softplus(f), lambda r, f: F.softplus(-f)),
    "hinge": (lambda r, f: F.relu(1 - r) + F.relu(1 + f), lambda r, f: -f),
    "wasserstein": (lambda r, f: f - r, lambda r, f: -f),
}


def squared_norms(scores, x):
    """Of the score's gradient by each image."""
    (gradient,) = torch.autograd.grad(scores.sum(), x, create_graph=True)
    return gradient.square().sum(dim=(1, 2, 3))


def discriminator_step(model, p, real, z, labels, loss, penalty, weight, interval):
    """Everything that is said of the step, its whole loss under `loss`."""
    made = model.generate(p, z, labels).detach()
    real, made = real.clone().requires_grad_(), made.requires_grad_()
    r, f = model.discriminate(p, real, labels), model.discriminate(p, made, labels)
    adversarial = LOSSES[loss][0](r, f).mean()
    said = {"images": made, "discriminator_loss": adversarial, "score_real": r.mean(), "score_made": f.mean(),
            "certainty": (r if loss in ("non_saturating", "hinge") else r - f).sign().mean()}
    whole = adversarial
    if penalty in ("r1", "r1r2"):
        said["r1"] = squared_norms(r, real).mean()
        whole = whole + interval * weight / 2 * said["r1"]
    if penalty == "r1r2":
        said["r2"] = squared_norms(f, made).mean()
        whole = whole + interval * weight / 2 * said["r2"]
    if penalty == "interpolated":
        t = real.new_tensor(BETWEEN[:len(real)]).reshape(-1, 1, 1, 1)
        between = (real + (made - real) * t).detach().requires_grad_()
        norms = (squared_norms(model.discriminate(p, between, labels), between) + 1e-12).sqrt()
        said["gradient_penalty"] = (norms - 1).square().mean()
        whole = whole + interval * weight * said["gradient_penalty"]
    return said | {"loss": whole}


def generator_step(model, p, real, z, labels, loss):
    r, f = (model.discriminate(p, x, labels) for x in (real, model.generate(p, z, labels)))
    value = LOSSES[loss][1](r, f).mean()
    return {"generator_loss": value, "loss": value}


def golden(name, seed, kind, model, options, batch, cases):
    """Both steps for each of `cases` (loss, penalty, weight, interval)."""
    g = torch.Generator().manual_seed(seed)
    p, out = Parameters(seed), {}
    inputs = {}
    for part in ("discriminator", "generator"):
        real = torch.rand(batch, model.channels, model.resolution, model.resolution, generator=g) * 2 - 1
        z = torch.randn(batch, model.latent_size, generator=g)
        labels = torch.randint(model.classes, (batch,), generator=g) if model.classes else None
        inputs[part] = (real.double(), z.double(), labels)
        out |= {f"{part}.real": f32(real), f"{part}.z": f32(z)}
        if labels is not None:
            out[f"{part}.labels"] = labels.numpy().astype(np.int32)
    for case, (loss, penalty, weight, interval) in cases.items():
        steps = {
            "discriminator": discriminator_step(model, p, *inputs["discriminator"], loss, penalty, weight, interval),
            "generator": generator_step(model, p, *inputs["generator"], loss)}
        for part, said in steps.items():
            names = [key for key in p if key.startswith(part + ".")]
            gradients = torch.autograd.grad(said["loss"], [p[key] for key in names])
            out |= {f"{case}.{part}.{key}": f64(value if value.ndim else value.reshape(1)) for key, value in said.items()}
            out |= {f"{case}.gradient.{key}": f32(gradient) for key, gradient in zip(names, gradients)}
    out |= {f"parameter.{key}": f32(value) for key, value in p.items()}
    shape = dict(sample_size=model.resolution, out_channels=model.channels, num_class_embeds=model.classes)
    cases = {case: dict(zip(("loss", "penalty", "weight", "interval"), values)) for case, values in cases.items()}
    write("Models", name, out, seed, model=kind, shape=shape, options=options, cases=cases, key=KEY)


def structures():
    """Names and shapes of full-size models for 32×32 images, without their values."""
    r3gan = lambda widths, blocks, group, latent, classes=None: R3GAN(32, 3, classes, widths, blocks, 2, group, latent)
    models = {
        "r3gan.tiny": r3gan([128, 128, 64, 32], 1, 16, 32),
        "r3gan.small": r3gan([256, 256, 128, 64], 2, 16, 64),
        "r3gan.cifar": r3gan([768] * 4, 2, 16, 64),
        "r3gan.cifar.10": r3gan([768] * 4, 2, 16, 64, 10),
        "dcgan": DCGAN(32, 3, None, 32, 64),
        "dcgan.10": DCGAN(32, 3, 10, 32, 64),
    }
    counts, facts = {}, {}
    for name, model in models.items():
        p = Parameters()
        labels = torch.zeros(2, dtype=torch.long, device="meta") if model.classes else None
        image = model.generate(p, torch.empty(2, model.latent_size, dtype=torch.float64, device="meta"), labels)
        assert image.shape == (2, 3, 32, 32)
        assert model.discriminate(p, image, labels).shape == (2,)
        numbers = [sum(v.numel() for k, v in p.items() if k.startswith(part)) for part in ("generator", "discriminator")]
        counts[name] = np.array(numbers + [len(p)])
        facts[name + ".parameters"] = {k: list(v.shape) for k, v in p.items()}
    write("Models", "gan_structures", counts, 0, **facts)


if __name__ == "__main__":
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64)
    assert torch.allclose(upsampled(x), F.conv_transpose2d(x, resampling(x, 4), stride=2, padding=1, groups=3))
    golden(
        "r3gan", 60, "r3gan", R3GAN(16, 3, None, [16, 16, 8], 2, 2, 4, 6),
        dict(width=8, max_width=16, blocks=2, group_channels=4, latent_size=6), batch=4,
        cases={"r1r2": ("relativistic", "r1r2", 40, 1)})
    golden(
        "r3gan_conditional", 61, "r3gan", R3GAN(8, 1, 3, [12, 8], 1, 3, 6, 5),
        dict(width=8, max_width=12, blocks=1, expansion=3, group_channels=6, latent_size=5), batch=3,
        cases={"r1r2": ("relativistic", "r1r2", 15, 1)})
    golden(
        "dcgan", 62, "dcgan", DCGAN(16, 3, None, 8, 6), dict(width=8, latent_size=6), batch=4,
        cases={
            "non_saturating": ("non_saturating", "r1", 0.5, 4),
            "wasserstein": ("wasserstein", "interpolated", 3, 1),
            "hinge": ("hinge", "none", 1, 1),
        })
    golden(
        "dcgan_conditional", 63, "dcgan", DCGAN(8, 3, 4, 8, 6), dict(width=8, latent_size=6), batch=4,
        cases={"hinge": ("hinge", "r1r2", 0.3, 2), "relativistic": ("relativistic", "none", 1, 1)})
    structures()
