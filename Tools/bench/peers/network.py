"""The model of a folder that `bench peer` wrote, in PyTorch: a U-Net as diffusers computes it, R3GAN, or inferena's U-Net."""

import json
import os
import resource
import time

import torch
from diffusers import UNet2DModel
from inferena import InferenaUNet
from r3gan import R3GAN
from safetensors.torch import load_file


MODELS = dict(unet2d=UNet2DModel.from_config, r3gan=R3GAN, inferena=InferenaUNet)


class Mode:
    """Words with + between them: nchw or channels_last (the default), bf16 or tf32 (else f32), compile or compile=KIND
    (reduce-overhead, max-autotune), cuda (else the CPU), graph (a whole step is recorded once and replayed)."""

    def __init__(self, text):
        words = text.split("+")
        self.compiled = next((word for word in words if word.startswith("compile")), None)
        self.device = "cuda" if "cuda" in words else "cpu"
        self.layout = torch.contiguous_format if "nchw" in words else torch.channels_last
        self.half = "bf16" in words
        self.graph = "graph" in words
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = "tf32" in words
        torch.backends.cudnn.benchmark = True
        torch.set_num_threads(int(os.environ.get("THREADS") or os.cpu_count()))
        torch.manual_seed(0)

    def settle(self, run):
        """Works for half a second where a GPU's clock has to rise first, as ours do (WarmUp.swift)."""
        end = time.monotonic() + 0.5
        while self.device == "cuda" and time.monotonic() < end:
            run()
            torch.cuda.synchronize()

    def compile(self, model):
        if not self.compiled:
            return model
        _, _, kind = self.compiled.partition("=")
        return torch.compile(model, mode=kind or None)

    def autocast(self):
        # A recorded step must not find weights that an earlier one cast.
        return torch.autocast(self.device, torch.bfloat16, enabled=self.half, cache_enabled=not self.graph)

    def optimizer(self, kind, parameters, **options):
        """An optimizer whose learning rate a recorded step reads from the device."""
        rate = torch.tensor(1e-3, device=self.device) if self.graph else 1e-3
        return kind(parameters, lr=rate, fused=True, capturable=self.graph, **options)

    def record(self, step):
        """A function that repeats `step`, which takes nothing and gives tensors."""
        if not self.graph:
            return step
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(3):
                step()
        torch.cuda.current_stream().wait_stream(side)
        recorded = torch.cuda.CUDAGraph()
        with torch.cuda.graph(recorded):
            result = step()

        def replay():
            recorded.replay()
            return result

        return replay

    def images(self, tensor):
        """(N, H, W, C) of a file as this mode wants images."""
        return tensor.permute(0, 3, 1, 2).contiguous(memory_format=self.layout).to(self.device)


def set_rate(group, rate):
    """Sets the learning rate of an optimizer's group, wherever it is."""
    if torch.is_tensor(group["lr"]):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


class Folder:
    def __init__(self, path, mode):
        self.path, self.mode = path, mode
        self.description = json.load(open(path + "/description.json"))
        self.kind = self.description["kind"]
        self.model = MODELS[self.kind](self.description["model"])
        self.model.load_state_dict(load_file(path + "/weights.safetensors"))
        self.model.to(mode.device, memory_format=mode.layout)
        # Of a GAN the parts are compiled, where they are used.
        self.network = None if self.kind == "r3gan" else mode.compile(self.model)

    def tensors(self, name):
        return load_file(f"{self.path}/{name}.safetensors")

    def preconditioning(self, sigma):
        """c_skip, c_out, c_in and c_noise of Karras et al., 2022, table 1, for sigma [N]."""
        data = self.description["sigma_data"]
        each = sigma.reshape(-1, 1, 1, 1)
        total = each**2 + data**2
        return data**2 / total, each * data / total.sqrt(), 1 / total.sqrt(), sigma.log() / 4


def peak_bytes(device):
    if device == "cuda":
        return torch.cuda.max_memory_allocated()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def process_age():
    """Seconds since this process was started."""
    fields = open("/proc/self/stat").read().rsplit(")", 1)[1].split()
    return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
