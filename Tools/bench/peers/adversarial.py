"""Training a generator with its discriminator: relativistic loss, R1 and R2, Adam, moving average of the generator's weights."""

import torch
import torch.nn.functional as F
from network import set_rate


class AdversarialTraining:
    given = ("images", "discriminator_latent", "generator_latent")

    def __init__(self, folder):
        self.mode, self.description = folder.mode, folder.description
        self.generator, self.discriminator = folder.model.generator, folder.model.discriminator
        self.averaged = list(self.generator.parameters())
        self.average = [p.detach().clone() for p in self.averaged]
        self.optimizers = {
            network: self.mode.optimizer(
                torch.optim.Adam, network.parameters(), betas=self.description["betas"], eps=self.description["eps"])
            for network in (self.generator, self.discriminator)}
        self.make = self.mode.compile(self.generator)
        self.score = self.mode.compile(self.discriminator)
        self.penalized = self.mode.compile(self.penalized_scores)

    def prepare(self, given):
        """Tensors of a file where and as a step wants them. A step has two batches of images, one a phase."""
        latents = {name: given[name].to(self.mode.device) for name in self.given[1:]}
        return latents | dict(zip(("seen", "compared"), self.mode.images(given["images"]).chunk(2)))

    def draw(self, given):
        """The same images with new latent vectors."""
        return given | {name: torch.randn_like(given[name]) for name in self.given[1:]}

    def penalized_scores(self, images):
        """Scores and their gradients by the images, which are differentiated again."""
        if not self.mode.compiled:
            images.requires_grad_()
            scores = self.discriminator(images)
            return scores, torch.autograd.grad(scores.sum(), images, create_graph=True)[0]
        # What the compiler can trace.
        scores, pull = torch.func.vjp(self.discriminator, images)
        return scores, pull(torch.ones_like(scores))[0]

    def step(self, given, number):
        """Step `number`, from 1; gives the discriminator's loss, its penalties where there are such, and the generator's loss,
        on the device."""
        return self.discriminator_step(given, number) + self.generator_step(given, number)

    def discriminator_step(self, given, number):
        real, has_penalty = given["seen"], self.description["penalty"] != "none"
        with torch.no_grad(), self.mode.autocast():
            made = self.make(given["discriminator_latent"])
        # One pass for both.
        images = torch.cat([real, made.float()])
        with self.mode.autocast():
            scores, gradient = self.penalized(images) if has_penalty else (self.score(images), None)
        on_real, on_made = scores.float().chunk(2)
        loss = F.softplus(on_made - on_real).mean()
        found, whole = [loss], loss
        if has_penalty:
            r1, r2 = (part.mean() for part in gradient.float().square().sum(dim=(1, 2, 3)).chunk(2))
            whole = loss + self.description["penalty_weights"][number - 1] / 2 * (r1 + r2)
            found += [r1, r2]
        self.update(self.discriminator, whole, number)
        return found

    def generator_step(self, given, number):
        self.discriminator.requires_grad_(False)
        with self.mode.autocast():
            made = self.make(given["generator_latent"])
            on_made, on_real = self.score(made.float()), self.score(given["compared"])
        loss = F.softplus(on_real.float() - on_made.float()).mean()
        self.update(self.generator, loss, number)
        self.discriminator.requires_grad_(True)
        decay = self.description["average_decays"][number - 1]
        torch._foreach_lerp_(self.average, [p.detach() for p in self.averaged], 1 - decay)
        return [loss]

    def update(self, network, loss, number):
        loss.backward()
        if self.description["gradient_clip"] > 0:
            torch.nn.utils.clip_grad_norm_(network.parameters(), self.description["gradient_clip"])
        optimizer = self.optimizers[network]
        for group in optimizer.param_groups:
            set_rate(group, self.description["learning_rates"][number - 1])
            group["betas"] = (self.description["betas"][0], self.description["second_decays"][number - 1])
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
