"""inferena's toy U-Net, as Tools/bench/Timing/Inferena has it."""

import torch
import torch.nn.functional as F
from torch import nn

LEVELS = 3


class Residual(nn.Module):
    def __init__(self, given, channels, groups):
        super().__init__()
        self.norm1, self.norm2 = nn.GroupNorm(groups, given), nn.GroupNorm(groups, channels)
        self.conv1 = nn.Conv2d(given, channels, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.shortcut = nn.Conv2d(given, channels, 1, bias=False) if given != channels else nn.Identity()

    def forward(self, x):
        h = self.conv1(F.silu(self.norm1(x)))
        return self.conv2(F.silu(self.norm2(h))) + self.shortcut(x)


class InferenaUNet(nn.Module):
    def __init__(self, options):
        super().__init__()
        width, groups = options["width"], options["groups"]
        sizes = [width << level for level in range(LEVELS)]
        self.first = nn.Conv2d(options["in_channels"], width, 3, padding=1, bias=False)
        self.down = nn.ModuleList(Residual(sizes[max(level - 1, 0)], sizes[level], groups) for level in range(LEVELS))
        self.halve = nn.ModuleList(nn.Conv2d(size, size, 3, stride=2, padding=1, bias=False) for size in sizes[:-1])
        self.middle = Residual(sizes[-1], sizes[-1], groups)
        self.up = nn.ModuleList(
            Residual(sizes[min(level + 1, LEVELS - 1)] + sizes[level], sizes[level], groups) for level in range(LEVELS))
        self.norm = nn.GroupNorm(groups, width)
        self.last = nn.Conv2d(width, options["out_channels"], 3, padding=1, bias=False)

    def forward(self, x):
        h, skips = self.first(x), []
        for level in range(LEVELS):
            h = self.down[level](h)
            skips.append(h)
            if level < LEVELS - 1:
                h = self.halve[level](h)
        h = self.middle(h)
        for level in reversed(range(LEVELS)):
            if level < LEVELS - 1:
                h = F.interpolate(h, scale_factor=2)
            h = self.up[level](torch.cat([h, skips[level]], dim=1))
        return self.last(F.silu(self.norm(h)))
