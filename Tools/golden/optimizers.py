"""Lion, RAdam and Muon: ten steps from given gradients, in float64.

RAdam is PyTorch's. Lion and Muon are worked out here; what PyTorch's own Muon makes, whose iteration runs in bfloat16, is near.
"""

import numpy as np
import torch

from common import f32, write

SEED = 71
STEPS, DECAY = 10, 0.8
SETTINGS = {
    "lion": dict(kind="lion", lr=1e-2, options=dict(beta1=0.9, beta2=0.99, weight_decay=0.1)),
    "radam": dict(kind="radam", lr=1e-2, options=dict(beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.1)),
    "muon": dict(kind="muon", lr=2e-2, options=dict(
        momentum=0.95, weight_decay=0.1, adjustment="original", others="first.*", other_rate=0.5, beta1=0.9, beta2=0.95, eps=1e-10)),
    "muon_adamw": dict(kind="muon", lr=2e-2, options=dict(
        momentum=0.9, weight_decay=0.0, adjustment="match_rms_adamw", others="first.*", other_rate=1.0, beta1=0.9, beta2=0.95, eps=1e-10)),
}
SHAPES = {"first.weight": (4, 3), "tall.weight": (6, 3), "wide.weight": (3, 5), "last.bias": (7,)}
g = torch.Generator().manual_seed(SEED)
starts = {name: torch.randn(shape, generator=g) for name, shape in SHAPES.items()}
gradients = {name: torch.randn(STEPS, *shape, generator=g) for name, shape in SHAPES.items()}


def lion(p, state, grad, step, lr, o):
    m = state.setdefault("m", torch.zeros_like(p))
    direction = torch.sign(o["beta1"] * m + (1 - o["beta1"]) * grad)
    p.mul_(1 - lr * o["weight_decay"]).sub_(lr * direction)
    m.mul_(o["beta2"]).add_((1 - o["beta2"]) * grad)


def adamw(p, state, grad, step, lr, o):
    m, v = state.setdefault("m", torch.zeros_like(p)), state.setdefault("v", torch.zeros_like(p))
    m.mul_(o["beta1"]).add_((1 - o["beta1"]) * grad)
    v.mul_(o["beta2"]).add_((1 - o["beta2"]) * grad**2)
    unbiased = m / (1 - o["beta1"] ** step)
    p.mul_(1 - lr * o["weight_decay"])
    p.sub_(lr * unbiased / ((v / (1 - o["beta2"] ** step)).sqrt() + o["eps"]))


def orthogonal(u):
    x = u / (u.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(5):
        a = x @ x.T
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * a @ a) @ x
    return x.T if tall else x


def muon(p, state, grad, step, lr, o):
    m = state.setdefault("momentum", torch.zeros_like(p))
    m.mul_(o["momentum"]).add_((1 - o["momentum"]) * grad)
    rows, columns = p.shape
    factor = max(1, rows / columns) ** 0.5 if o["adjustment"] == "original" else 0.2 * max(rows, columns) ** 0.5
    direction = orthogonal((1 - o["momentum"]) * grad + o["momentum"] * m)
    p.mul_(1 - lr * o["weight_decay"]).sub_(lr * factor * direction)


def check_against_torch():
    """PyTorch's Muon, where there is one, steps about as ours does."""
    if not hasattr(torch.optim, "Muon"):
        return
    for adjustment in ["original", "match_rms_adamw"]:
        theirs = starts["tall.weight"].clone().requires_grad_()
        optimizer = torch.optim.Muon([theirs], lr=2e-2, weight_decay=0.1, momentum=0.95, adjust_lr_fn=adjustment)
        ours, state = starts["tall.weight"].double(), {}
        for number in range(STEPS):
            theirs.grad = gradients["tall.weight"][number]
            optimizer.step()
            muon(ours, state, gradients["tall.weight"][number].double(), number + 1, 2e-2,
                 dict(momentum=0.95, weight_decay=0.1, adjustment=adjustment))
        assert (theirs.detach() - ours).abs().max() < 2e-2 * STEPS * 0.05, adjustment


def rules(settings, name):
    if settings["kind"] == "lion":
        return lion
    return adamw if name.startswith("first.") or name.endswith(".bias") else muon


check_against_torch()
out = {f"start.{name}": f32(value) for name, value in starts.items()}
out |= {f"gradient.{name}": f32(value) for name, value in gradients.items()}
for key, settings in SETTINGS.items():
    o = settings["options"]
    for name, start in starts.items():
        p, average, state = start.double(), start.double(), {}
        if settings["kind"] == "radam":
            leaf = p.clone().requires_grad_()
            optimizer = torch.optim.RAdam(
                [leaf], lr=settings["lr"], betas=(o["beta1"], o["beta2"]), eps=o["eps"], weight_decay=o["weight_decay"],
                decoupled_weight_decay=True)
        for number in range(STEPS):
            grad = gradients[name][number].double()
            if settings["kind"] == "radam":
                leaf.grad = grad
                optimizer.step()
                p = leaf.detach().clone()
                state = dict(m=optimizer.state[leaf]["exp_avg"], v=optimizer.state[leaf]["exp_avg_sq"])
            else:
                rule = rules(settings, name)
                rate = settings["lr"] * (o["other_rate"] if settings["kind"] == "muon" and rule is adamw else 1)
                rule(p, state, grad, number + 1, rate, o)
            average = DECAY * average + (1 - DECAY) * p
        out[f"{key}.parameter.{name}"] = p.numpy()
        out[f"{key}.ema.{name}"] = average.numpy()
        for slot, value in state.items():
            out[f"{key}.optimizer.{slot}.{name}"] = value.numpy()
write("Optimizers", "optimizers", out, SEED, settings=SETTINGS, decay=DECAY, steps=STEPS)
