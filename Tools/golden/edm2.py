"""EDM2's magnitude-preserving U-Net and its objective: prediction, losses and gradients, in float64.

Written from the formulas of Karras et al., "Analyzing and improving the training dynamics of diffusion models", 2024
(configuration G, figure 21 and appendix B), with functions of PyTorch. Images and kernels are (N, C, H, W) and (O, I, kh, kw).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from common import f32, f64, write


class Parameters(dict):
    """Parameters by path, drawn when the network first asks for them: rows of many lengths, and no gain is 0."""

    def __init__(self, seed):
        super().__init__()
        self.generator = torch.Generator().manual_seed(seed)
        self.fixed = set()

    def draw(self, name, shape, gain):
        if name not in self:
            value = (torch.randn(shape, generator=self.generator) * gain).double()
            self[name] = value.requires_grad_(name not in self.fixed)
        assert self[name].shape == shape, name
        return self[name]

    def weight(self, path, *shape):
        """The effective weight: rows over their root mean square, and over the root of the inputs of an output."""
        w = self.draw(path + ".weight", shape, 1.7)
        return unit(w, list(range(1, w.ndim))) / math.sqrt(w[0].numel())

    def gain(self, path):
        return self.draw(path + ".gain", (1,), 0.6)

    def constant(self, name, size, gain):
        self.fixed.add(name)
        return self.draw(name, (size,), gain)


def unit(x, dims):
    """x over its root mean square along `dims`."""
    return x / (1e-4 + x.square().mean(dim=dims, keepdim=True).sqrt())


def silu(x):
    return F.silu(x) / 0.596


def mix(a, b, t):
    return ((1 - t) * a + t * b) / math.hypot(1 - t, t)


def join(a, b, t):
    na, nb = a.shape[1], b.shape[1]
    c = math.sqrt((na + nb) / ((1 - t) ** 2 + t**2))
    return torch.cat([a * (c / math.sqrt(na) * (1 - t)), b * (c / math.sqrt(nb) * t)], dim=1)


class Network:
    """`o` holds the options under their names in recipes."""

    def __init__(self, p, channels, classes, o):
        self.p, self.channels, self.classes, self.o = p, channels, classes, o
        self.widths = [o["width"] * m for m in o["multipliers"]]

    def conv(self, x, channels, path, kernel=3):
        return F.conv2d(x, self.p.weight(path, channels, x.shape[1], kernel, kernel), padding=kernel // 2)

    def embed(self, noise, labels):
        width, features = self.o["width"], max(self.widths)
        frequencies = self.p.constant("noise_fourier.frequencies", width, 2 * math.pi)
        phases = self.p.constant("noise_fourier.phases", width, 2)
        waves = math.sqrt(2) * torch.cos(noise[:, None] * self.o["noise_scale"] * frequencies + phases)
        h = waves @ self.p.weight("noise_linear", features, width).T
        if self.classes:
            one_hot = F.one_hot(labels, self.classes).double() * math.sqrt(self.classes)
            h = mix(h, one_hot @ self.p.weight("class_embedding", features, self.classes).T, self.o["class_balance"])
        return silu(h)

    def block(self, x, channels, path, encodes, attends=False):
        if encodes:
            if x.shape[1] != channels:
                x = self.conv(x, channels, path + ".conv_skip", 1)
            x = unit(x, [1])
        y = self.conv(silu(x), channels, path + ".conv1")
        weight = self.p.weight(path + ".embedding", channels, self.embedding.shape[1])
        scale = 1 + self.embedding @ (weight * self.p.gain(path + ".embedding")).T
        y = self.conv(silu(y * scale[:, :, None, None]), channels, path + ".conv2")
        if x.shape[1] != channels:
            x = self.conv(x, channels, path + ".conv_skip", 1)
        x = mix(x, y, self.o["residual_balance"])
        if attends:
            x = mix(x, self.attention(x, path + ".attention"), self.o["attention_balance"])
        return x.clamp(-256, 256)

    def attention(self, x, path):
        n, c, height, width = x.shape
        size = self.o["head_channels"]
        rows = x.flatten(2).transpose(1, 2) @ self.p.weight(path + ".qkv", 3 * c, c).T
        # (N, 3, heads, positions, size)
        q, k, v = unit(rows.reshape(n, -1, 3, c // size, size).permute(2, 0, 3, 1, 4), [4])
        y = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(size), dim=3) @ v
        y = y.transpose(1, 2).reshape(n, height * width, c) @ self.p.weight(path + ".out", c, c).T
        return y.transpose(1, 2).reshape(n, c, height, width)

    def __call__(self, x, noise, labels):
        o, levels = self.o, range(len(self.widths))
        attends = [level in o["attention_levels"] for level in levels]
        self.embedding = self.embed(noise, labels)
        x = self.conv(torch.cat([x, torch.ones_like(x[:, :1])], dim=1), self.widths[0], "conv_in")
        skips = [x]
        for level in levels:
            if level > 0:
                x = self.block(F.avg_pool2d(x, 2), x.shape[1], f"encoder.{level}.down", True)
                skips.append(x)
            for layer in range(o["layers_per_block"]):
                x = self.block(x, self.widths[level], f"encoder.{level}.blocks.{layer}", True, attends[level])
                skips.append(x)
        x = self.block(x, x.shape[1], "middle.0", False, True)
        x = self.block(x, x.shape[1], "middle.1", False)
        for level in reversed(levels):
            if level < levels[-1]:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
                x = self.block(x, x.shape[1], f"decoder.{level}.up", False)
            for layer in range(o["layers_per_block"] + 1):
                x = join(x, skips.pop(), o["skip_balance"])
                x = self.block(x, self.widths[level], f"decoder.{level}.blocks.{layer}", False, attends[level])
        assert not skips
        return self.conv(x, self.channels, "conv_out") * self.p.gain("conv_out")


def golden(name, seed, size, channels, classes, options, gradients=lambda path: True):
    """`size` is (height, width); gradients of the parameters that `gradients` chooses go into the file."""
    generator = torch.Generator().manual_seed(seed)
    p = Parameters(seed)
    network = Network(p, channels, classes, options)
    x, direction = (torch.randn(2, channels, *size, generator=generator) for _ in range(2))
    t = torch.tensor([-0.9, 0.35])
    labels = torch.randint(classes, (2,), generator=generator) if classes else None
    tensors = {"x": f32(x), "direction": f32(direction), "t": f32(t)}
    if classes:
        tensors["labels"] = labels.numpy().astype(np.int32)
    x = x.double().requires_grad_()
    y = network(x, t.double(), labels)
    loss = (y * direction.double()).mean() + y.square().mean()
    loss.backward()
    tensors |= {"y": y.detach().numpy(), "loss": np.array([loss.item()]), "gradient.x": f32(x.grad)}
    tensors |= {f"parameter.{path}": f32(value) for path, value in p.items()}
    tensors |= {
        f"gradient.{path}": f32(value.grad) for path, value in p.items() if value.requires_grad and gradients(path)}
    shape = dict(sample_size=max(size), out_channels=channels, num_class_embeds=classes)
    write("Models", name, tensors, seed, model="edm2", shape=shape, options=options)


def objective(seed):
    """EDM2's losses with the learned log-variance on a stub network, equations 14 to 16 and 21; gradients of their mean."""
    sigma_data, features, (n, height, width, channels) = 0.7, 12, (4, 3, 2, 3)
    generator = torch.Generator().manual_seed(seed)
    p = Parameters(seed)
    clean = torch.rand(n, height, width, channels, generator=generator) * 2 - 1
    noise = torch.randn(n, height, width, channels, generator=generator)
    mix = torch.randn(channels, channels, generator=generator) * 0.5
    sigma = torch.tensor([0.05, 0.4, 1.5, 12.0])
    out = {"clean": f32(clean), "noise": f32(noise), "mix": f32(mix), "sigma": f32(sigma)}
    clean, noise, sigma, mix = clean.double(), noise.double(), sigma.double(), mix.double().requires_grad_()
    s, c_noise = sigma[:, None, None, None], sigma.log() / 4
    total = s**2 + sigma_data**2
    x = clean + s * noise
    f = torch.tanh(x / total.sqrt() @ mix + c_noise[:, None, None, None])
    denoised = sigma_data**2 / total * x + s * sigma_data / total.sqrt() * f
    weight = (sigma**2 + sigma_data**2) / (sigma * sigma_data) ** 2
    each = weight * (denoised - clean).square().mean(dim=(1, 2, 3))
    frequencies = p.constant("log_variance.frequencies", features, 2 * math.pi)
    phases = p.constant("log_variance.phases", features, 2)
    waves = math.sqrt(2) * torch.cos(c_noise[:, None] * frequencies + phases)
    u = (waves @ p.weight("log_variance", 1, features).T)[:, 0]
    losses = each / u.exp() + u
    losses.mean().backward()
    out |= {f"parameter.{path}": f32(value) for path, value in p.items()}
    out |= {
        "losses": f64(losses), "denoised": f64(denoised), "gradient.mix": f64(mix.grad),
        "gradient.log_variance.weight": f64(p["log_variance.weight"].grad)}
    # Files hold images as (N, C, H, W).
    out = {k: np.moveaxis(v, -1, 1) if v.ndim == 4 else v for k, v in out.items()}
    write("Objectives", "edm2", out, seed, sigma_data=sigma_data, features=features)


BALANCES = dict(residual_balance=0.3, attention_balance=0.3, skip_balance=0.5, class_balance=0.5)

if __name__ == "__main__":
    golden(
        "edm2", 80, (8, 6), 3, None,
        dict(width=4, multipliers=[1, 2], layers_per_block=1, attention_levels=[1], head_channels=4, noise_scale=1.0)
        | BALANCES)
    golden(
        "edm2_conditional", 81, (8, 8), 1, 5,
        dict(
            width=4, multipliers=[2, 1, 1], layers_per_block=1, attention_levels=[0, 2], head_channels=2,
            noise_scale=0.5, residual_balance=0.4, attention_balance=0.25, skip_balance=0.6, class_balance=0.35),
        gradients=lambda path: path.startswith(("conv_", "class_", "noise_", "encoder.1", "middle.0", "decoder.0.blocks.0")))
    objective(82)
