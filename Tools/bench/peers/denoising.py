"""Training a denoiser: EDM loss, clipping, AdamW, moving average of the weights."""

import torch
from network import set_rate


class DenoisingTraining:
    given = ("images", "noise", "sigma")

    def __init__(self, folder):
        self.folder, self.mode, self.description = folder, folder.mode, folder.description
        self.parameters = list(folder.model.parameters())
        self.average = [p.detach().clone() for p in self.parameters]
        self.optimizer = self.mode.optimizer(
            torch.optim.AdamW, self.parameters, betas=self.description["betas"], eps=self.description["eps"],
            weight_decay=self.description["weight_decay"])

    def prepare(self, given):
        """Tensors of a file where and as a step wants them."""
        images, noise = (self.mode.images(given[name]) for name in ("images", "noise"))
        return dict(images=images, noise=noise, sigma=given["sigma"].to(self.mode.device))

    def draw(self, given):
        """The same images with new noise."""
        images = given["images"]
        drawn = torch.randn(len(images), device=images.device)
        sigma = torch.exp(drawn * self.description["log_deviation"] + self.description["log_mean"])
        return dict(images=images, noise=torch.randn_like(images), sigma=sigma)

    def loss(self, given):
        images, noise, sigma = given["images"], given["noise"], given["sigma"]
        c_skip, c_out, c_in, c_noise = self.folder.preconditioning(sigma)
        noisy = images + sigma.reshape(-1, 1, 1, 1) * noise
        with self.mode.autocast():
            out = self.folder.network(c_in * noisy, c_noise).sample
        denoised = c_skip * noisy + c_out * out.float()
        return ((denoised - images) ** 2 / c_out**2).mean()

    def step(self, given, number):
        """Step `number`, from 1; gives its loss, on the device."""
        loss = self.loss(given)
        loss.backward()
        if self.description["gradient_clip"] > 0:
            torch.nn.utils.clip_grad_norm_(self.parameters, self.description["gradient_clip"])
        set_rate(self.optimizer.param_groups[0], self.description["learning_rates"][number - 1])
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        decay = self.description["average_decays"][number - 1]
        torch._foreach_lerp_(self.average, [p.detach() for p in self.parameters], 1 - decay)
        return [loss]
