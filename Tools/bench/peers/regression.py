"""Training inferena's U-Net: the mean square of the difference from waves, and an optimizer's step as denoisers take it."""

import torch
from denoising import DenoisingTraining


class WaveRegression(DenoisingTraining):
    given = ("images",)

    def __init__(self, folder):
        super().__init__(folder)
        description = self.description
        shape = [description[name] for name in ("batch", "resolution", "resolution", "channels")]
        count = torch.arange(torch.tensor(shape).prod().item(), dtype=torch.float32)
        self.target = self.mode.images((count * 0.007).cos().reshape(shape))

    def prepare(self, given):
        return dict(images=self.mode.images(given["images"]))

    def draw(self, given):
        return given

    def loss(self, given):
        with self.mode.autocast():
            made = self.folder.network(given["images"])
        return (made.float() - self.target).square().mean()
