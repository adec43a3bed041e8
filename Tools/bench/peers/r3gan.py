"""R3GAN (Huang et al., 2024) in PyTorch, with the names that `bench peer` gives parameters."""

import torch
import torch.nn.functional as F
from torch import nn


class Kernel(nn.Module):
    """A convolution without bias; its values come from a file."""

    def __init__(self, inputs, outputs, size=1, groups=1):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, size, size))
        self.padding, self.groups = size // 2, groups

    def forward(self, x):
        return F.conv2d(x, self.weight, padding=self.padding, groups=self.groups)


class Activated(Kernel):
    """A convolution, a bias and a leaky ReLU."""

    def __init__(self, inputs, outputs, size=1, groups=1):
        super().__init__(inputs, outputs, size, groups)
        self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x):
        return F.leaky_relu(F.conv2d(x, self.weight, self.bias, padding=self.padding, groups=self.groups), 0.2)


class Block(nn.Module):
    def __init__(self, width, sizes):
        super().__init__()
        inner = width * sizes["expansion"]
        self.expand = Activated(width, inner)
        self.group = Activated(inner, inner, 3, inner // sizes["group_channels"])
        self.project = Kernel(inner, width)

    def forward(self, x):
        return x + self.project(self.group(self.expand(x)))


class Resampled(nn.Module):
    """Twice or half the size, by the filter [1, 3, 3, 1] along both axes as one kernel a channel."""

    def __init__(self, channels, is_up):
        super().__init__()
        row = torch.tensor([1.0, 3, 3, 1]) / (4 if is_up else 8)
        self.register_buffer("filter", torch.outer(row, row).expand(channels, 1, 4, 4).contiguous(), persistent=False)
        self.resample, self.channels = F.conv_transpose2d if is_up else F.conv2d, channels

    def forward(self, x):
        return self.resample(x, self.filter.to(x.dtype), stride=2, padding=1, groups=self.channels)


class Stage(nn.Module):
    """Blocks, and a 1×1 convolution where the number of channels changes on the way from or to the next stage."""

    def __init__(self, width, other, sizes):
        super().__init__()
        self.blocks = nn.Sequential(*(Block(width, sizes) for _ in range(sizes["blocks"])))
        self.transition = Kernel(*other) if other and other[0] != other[1] else nn.Identity()


class Generator(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        widths = sizes["widths"]
        self.basis = nn.Parameter(torch.empty(4, 4, widths[0]))
        self.linear = nn.Linear(sizes["latent_size"], widths[0], bias=False)
        pairs = zip([None] + widths, widths)
        self.stages = nn.ModuleList(Stage(width, coarser and (coarser, width), sizes) for coarser, width in pairs)
        self.up = nn.ModuleList(Resampled(width, True) for width in widths[1:])
        self.to_picture = Kernel(widths[-1], sizes["out_channels"])

    def forward(self, z):
        h = self.basis.permute(2, 0, 1) * self.linear(z)[:, :, None, None]
        h = self.stages[0].blocks(h)
        for up, stage in zip(self.up, self.stages[1:]):
            h = stage.blocks(up(stage.transition(h)))
        return self.to_picture(h)


class Discriminator(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        widths = sizes["widths"][::-1]
        self.from_picture = Kernel(sizes["out_channels"], widths[0])
        pairs = zip(widths, widths[1:] + [None])
        self.stages = nn.ModuleList(Stage(width, coarser and (width, coarser), sizes) for width, coarser in pairs)
        self.down = nn.ModuleList(Resampled(width, False) for width in widths[:-1])
        self.basis = nn.Parameter(torch.empty(4, 4, widths[-1]))
        self.linear = nn.Linear(widths[-1], 1, bias=False)

    def forward(self, x):
        h = self.from_picture(x)
        for stage, down in zip(self.stages, self.down):
            h = stage.transition(down(stage.blocks(h)))
        h = self.stages[-1].blocks(h)
        return self.linear((h * self.basis.permute(2, 0, 1)).sum(dim=(2, 3))).flatten()


class R3GAN(nn.Module):
    """Both networks; `sizes` are as `R3GANConfiguration` writes them."""

    def __init__(self, sizes):
        super().__init__()
        assert sizes["num_class_embeds"] is None, "this counterpart has no classes"
        self.generator, self.discriminator = Generator(sizes), Discriminator(sizes)
