"""UNet2DModel: forward, gradients of a scalar loss, ten AdamW steps, parameter counts.

Everything is computed in float64 from float32 weights and inputs. Weights carry diffusers' state names.
"""

import json
import sys

import numpy as np
import torch
from diffusers import UNet2DModel

from common import f32, write

TINY = dict(
    sample_size=8,
    block_out_channels=(8, 16),
    layers_per_block=1,
    norm_num_groups=4,
    attention_head_dim=8,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
)
CONFIGURATIONS = {
    "unconditional": TINY,
    "class_conditional": TINY | dict(
        num_class_embeds=5,
        down_block_types=("AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D"),
        center_input_sample=True,
        mid_block_scale_factor=1.5,
    ),
    "ddpm_cifar10": TINY | dict(
        block_out_channels=(8, 8, 16),
        layers_per_block=2,
        attention_head_dim=None,
        downsample_padding=0,
        flip_sin_to_cos=False,
        freq_shift=1,
        norm_eps=1e-6,
        down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "AttnUpBlock2D", "UpBlock2D"),
    ),
    "fourier_scale_shift": TINY | dict(
        sample_size=(8, 6),
        time_embedding_type="fourier",
        resnet_time_scale_shift="scale_shift",
        out_channels=2,
        norm_num_groups=2,
    ),
}


def build(configuration, seed):
    """The model with every parameter away from its special values (ones and zeros), exact in float32."""
    torch.manual_seed(seed)
    model = UNet2DModel(**configuration)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 1 and name != "time_proj.weight":
                parameter += 0.1 * torch.randn_like(parameter)
            elif name == "time_proj.weight":
                parameter /= 16  # log-frequencies of 16 make float32 sines too coarse to compare
    return model.double()


def inputs(configuration, generator):
    size = configuration["sample_size"]
    height, width = size if isinstance(size, tuple) else (size, size)
    x = torch.randn(2, 3, height, width, generator=generator)
    out = torch.randn(2, configuration.get("out_channels", 3), height, width, generator=generator)
    if configuration.get("time_embedding_type") == "fourier":
        t = torch.tensor([0.35, 2.5])
    else:
        t = torch.tensor([7.0, 213.0])
    labels = torch.tensor([3, 1]) if "num_class_embeds" in configuration else None
    return x, out, t, labels


def loss_of(model, x, direction, t, labels):
    """A scalar that every parameter moves: the prediction against fixed weights, plus its square."""
    y = model(x.double(), t.double(), labels).sample
    return y, (y * direction.double()).mean() + (y**2).mean()


def golden(name, configuration, seed):
    model = build(configuration, seed)
    generator = torch.Generator().manual_seed(seed)
    x, direction, t, labels = inputs(configuration, generator)
    tensors = {"x": f32(x), "direction": f32(direction), "t": f32(t)}
    if labels is not None:
        tensors["labels"] = labels.numpy().astype(np.int32)
    for key, parameter in model.named_parameters():
        tensors[f"parameter.{key}"] = f32(parameter)
    x = x.double().requires_grad_()
    y, loss = loss_of(model, x, direction, t, labels)
    loss.backward()
    tensors["y"] = y.detach().numpy()
    tensors["loss"] = np.array([loss.item()])
    tensors["gradient.x"] = f32(x.grad)
    for key, parameter in model.named_parameters():
        if parameter.requires_grad:
            tensors[f"gradient.{key}"] = f32(parameter.grad)
    config = {k: v for k, v in model.config.items() if not k.startswith("_")}
    write("Models", name, tensors, seed, config=config)


def adamw(seed):
    """Ten AdamW steps with gradient clipping and EMA on the loss above, from `unconditional`'s weights."""
    lr, betas, eps, decay, clip, ema_decay = 3e-3, (0.9, 0.99), 1e-8, 0.05, 0.5, 0.9
    configuration = CONFIGURATIONS["unconditional"]
    model = build(configuration, seed)
    x, direction, t, labels = inputs(configuration, torch.Generator().manual_seed(seed))
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, betas=betas, eps=eps, weight_decay=decay)
    ema = {k: p.detach().clone() for k, p in model.named_parameters()}
    losses, norms = [], []
    for _ in range(10):
        optimizer.zero_grad()
        _, loss = loss_of(model, x, direction, t, labels)
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(model.parameters(), clip)))
        optimizer.step()
        losses.append(loss.item())
        for k, p in model.named_parameters():
            ema[k].mul_(ema_decay).add_(p.detach(), alpha=1 - ema_decay)
    tensors = {"losses": np.array(losses), "norms": np.array(norms)}
    tensors |= {f"parameter.{k}": f32(p) for k, p in model.named_parameters()}
    tensors |= {f"ema.{k}": f32(p) for k, p in ema.items()}
    write("Optimizers", "adamw", tensors, seed, lr=lr, betas=betas, eps=eps, weight_decay=decay, clip=clip,
          ema_decay=ema_decay)


def structures(seed):
    """Names and shapes of two full-size models, without their values."""
    full = {
        "ddpm_cifar10_full": dict(
            sample_size=32, block_out_channels=(128, 256, 256, 256), attention_head_dim=None,
            downsample_padding=0, flip_sin_to_cos=False, freq_shift=1, norm_eps=1e-6,
            down_block_types=("DownBlock2D", "AttnDownBlock2D", "DownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "UpBlock2D", "AttnUpBlock2D", "UpBlock2D")),
        "trainer_default": dict(
            sample_size=64, block_out_channels=(128, 128, 256, 256, 512, 512),
            down_block_types=("DownBlock2D",) * 4 + ("AttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "AttnUpBlock2D") + ("UpBlock2D",) * 4),
    }
    facts, counts = {}, {}
    for name, configuration in full.items():
        with torch.device("meta"):
            model = UNet2DModel(**configuration)
        facts[f"{name}.config"] = {k: v for k, v in model.config.items() if not k.startswith("_")}
        facts[f"{name}.parameters"] = {k: list(p.shape) for k, p in model.named_parameters()}
        counts[name] = np.array([sum(p.numel() for p in model.parameters()), len(list(model.parameters()))])
    write("Models", "structures", counts, seed, **facts)


if __name__ == "__main__":
    for number, (name, configuration) in enumerate(CONFIGURATIONS.items()):
        golden(name, configuration, 100 + number)
    adamw(100)
    structures(0)
