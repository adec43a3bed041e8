"""What all golden-value makers share: where files go and what their metadata says."""

import json
import pathlib

import diffusers
import numpy
import torch
from safetensors.numpy import save_file

diffusers.utils.logging.set_verbosity_error()
ROOT = pathlib.Path(__file__).resolve().parents[2]


def write(module, name, tensors, seed, **facts):
    """Writes Tests/<module>/Golden/<name>.safetensors; `facts` go into the metadata."""
    folder = ROOT / "Tests" / module / "Golden"
    folder.mkdir(parents=True, exist_ok=True)
    metadata = {
        "torch": torch.__version__,
        "diffusers": diffusers.__version__,
        "numpy": numpy.__version__,
        "seed": str(seed),
    }
    metadata |= {k: v if isinstance(v, str) else json.dumps(v, sort_keys=True) for k, v in facts.items()}
    arrays = {k: numpy.ascontiguousarray(v) for k, v in sorted(tensors.items())}
    path = folder / f"{name}.safetensors"
    save_file(arrays, path, metadata=metadata)
    print(f"{path.relative_to(ROOT)}: {len(arrays)} tensors, {path.stat().st_size / 1024:.0f} KiB")


def f32(tensor):
    """A torch tensor as a float32 array."""
    return tensor.detach().to(torch.float32).numpy()


def f64(tensor):
    """A torch tensor as a float64 array."""
    return tensor.detach().to(torch.float64).numpy()


def betas(schedule, start=1e-4, end=0.02, count=1000):
    """The betas of a DDPM chain, in float64."""
    if schedule == "linear":
        return numpy.linspace(start, end, count)
    if schedule == "scaled_linear":
        return numpy.linspace(start**0.5, end**0.5, count) ** 2
    f = lambda u: numpy.cos((u + 0.008) / 1.008 * numpy.pi / 2) ** 2
    return numpy.array([min(1 - f((i + 1) / count) / f(i / count), 0.999) for i in range(count)])
