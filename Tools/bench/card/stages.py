"""What is measured, the most telling first."""

import shutil
import subprocess
import time
from collections import namedtuple

Stage = namedtuple("Stage", "name limit run")
PRECISIONS = ["f32", "bf16"]
# How much is measured: the model whose kernels are reported, those that are trained and sampled, images in a step, batches of the sweep,
# layers and products, sampled images, parts that the conformance suite is cut into, and steps of the training run (nothing for all).
Sizes = namedtuple("Sizes", "profiled trained sampled batch batches layers products count parts run")
FULL = Sizes(
    profiled="medium", trained=["medium", "small", "gan"], sampled=["medium", "small"], batch=32, batches=[256, 64, 16, 4, 1],
    # Layers of the models, and those of wider ones.
    layers=["64@32", "128@16", "256@8", "256@32"],
    products=["2048x64x64", "8192x128x128", "32x256x128", "1024x1024x1024", "4096x4096x4096"], count=64, parts=8, run=[])
# Everything runs, on a processor, too.
LIGHT = Sizes(
    profiled="small", trained=["small", "gan"], sampled=["small"], batch=2, batches=[2, 1], layers=["16@8"],
    products=["32x256x128"], count=2, parts=64, run=["--steps", 10, "--batch", 4, "--convolution", "direct"])
EAGER = ["cuda", "cuda+graph", "cuda+tf32+graph", "cuda+bf16", "cuda+bf16+graph"]


def model(name):
    return f"Tools/bench/models/{name}.yaml"


def devices(bench):
    found = bench.lines([bench.programs["sfumato"], "devices", "--json"], bench.environment, 15)
    bench.results["devices"] = [each for each in found if each["backend"] == "vulkan"]
    if not bench.results["devices"]:
        bench.end = time.monotonic()
        raise LookupError("no Vulkan device was found; the log tells what was said")
    query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,clocks.max.sm,clocks.max.mem,power.limit", "--format=csv"]
    if shutil.which(query[0]):
        bench.results["nvidia_smi"] = subprocess.run(query, capture_output=True, text=True).stdout.strip().splitlines()
    for precision in PRECISIONS:
        found = bench.ours(
            "bench", "train", "--backend", "vulkan", "--recipe", model(bench.sizes.profiled), "--precision", precision, "--steps", 3,
            "--set", f"training.batch={bench.sizes.batch}", "--profile", "--json", *bench.ways)
        bench.results.setdefault("profiles", {})[f"{bench.sizes.profiled} {precision}"] = found


def conformance(bench, parts=(1,)):
    for part in parts:
        report = bench.folder(f"conformance-{part}.json")
        command = [
            bench.programs["sfumato"], "conformance", "--backend", "vulkan", "--part", f"{part}/{bench.sizes.parts}", "--report", report, "--json"]
        # A suite that ends with failed checks has told them.
        found = bench.lines(command, bench.environment, gently=True)
        checks = [each for each in found if "status" in each]
        bench.results.setdefault("conformance", {})[part] = dict(
            checks=len(checks), passed=sum(each["status"] == "passed" for each in checks),
            problems=[each for each in checks if each["status"] in ("failed", "unexpected pass")],
            seconds=sum(each["milliseconds"] for each in checks) / 1e3)
        if bench.left < 10:
            break


def kernels(bench):
    for precision in ["f32", "bf16", "f16"]:
        found = bench.ours(
            "bench", "ops", "--backend", "vulkan", "--precision", precision, "--layers", ",".join(bench.sizes.layers), "--products",
            ",".join(bench.sizes.products), "--op", "conv", "--op", "matmul", "--steps", 3, "--batch", bench.sizes.batch, "--json")
        mode = "cuda" if precision == "f32" else f"cuda+{precision}"
        theirs = bench.peer("gpu_kernels", mode, bench.sizes.batch, 5, *bench.sizes.layers, *bench.sizes.products)
        bench.results.setdefault("kernels", {})[precision] = dict(ours=found, theirs=theirs[-1] if theirs else {})


def training_row(bench, name, precision, batch):
    rows = bench.results.setdefault("training", {})
    return rows.setdefault(f"{name} · {precision} · {batch}", dict(batch=batch, ours=None, theirs=[]))


def peer_steps(bench, name, batch, modes):
    """PyTorch's step of a model in several modes, one process for all."""
    folder = bench.peer_data("train", f"peer-{name}-{batch}", model(name), 3, f"training.batch={batch}")
    for one in bench.peer("train", folder, ",".join(modes), bench.steps) if folder else []:
        precision = "bf16" if "bf16" in one["mode"].split("+") else "f32"
        training_row(bench, name, precision, batch)["theirs"].append(one)


def training_steps(bench, name, batch, modes):
    """Our step and PyTorch's, of the same model on as many images."""
    for precision in PRECISIONS:
        training_row(bench, name, precision, batch)["ours"] = bench.ours(
            "bench", "train", "--backend", "vulkan", "--recipe", model(name), "--precision", precision, "--steps", bench.steps,
            "--set", f"training.batch={batch}", "--json", *bench.ways)
    peer_steps(bench, name, batch, modes)


def training(bench):
    for name in bench.sizes.trained:
        training_steps(bench, name, bench.sizes.batch, EAGER)


def sweep(bench):
    for batch in bench.sizes.batches:
        training_steps(bench, bench.sizes.profiled, batch, ["cuda+tf32+graph", "cuda+bf16+graph"])


def sampling(bench):
    for name in bench.sizes.sampled:
        found = bench.ours(
            "bench", "sample", "--backend", "vulkan", "--recipe", model(name), "--count", bench.sizes.count,
            "--batch", bench.sizes.count, "--steps", 18, "--json", *bench.ways)
        folder = bench.peer_data("sample", f"images-{name}", model(name), bench.sizes.count, "sampling.steps=18")
        theirs = []
        for mode in ["cuda", "cuda+tf32"] if folder else []:
            theirs += [each | dict(mode=mode) for each in bench.peer("sample", folder, mode, 3)]
        bench.results.setdefault("sampling", {})[name] = dict(count=bench.sizes.count, ours=found, theirs=theirs)


def quickstart(bench):
    run = bench.folder("quickstart")
    command = [
        bench.programs["sfumato"], "train", "Samples/recipes/quickstart.yaml", "--backend", "vulkan", "--out", run, "--json",
        *bench.sizes.run]
    lines = bench.lines(command, bench.environment, bench.left - 8, gently=True)
    steps = [each for each in lines if "loss" in each]
    bench.results["quickstart"] = dict(last=steps[-1] if steps else None, end=lines[-1] if lines else None)
    bench.ours("sample", run, "--backend", "vulkan", "--seed", 1, "--count", min(16, bench.sizes.count), "--out", bench.path("quickstart.png").resolve())


def compiled(bench):
    peer_steps(
        bench, bench.sizes.profiled, bench.sizes.batch, [
            "cuda+bf16+compile=reduce-overhead", "cuda+bf16+compile=max-autotune", "cuda+tf32+compile=reduce-overhead"])
    peer_steps(bench, "gan", bench.sizes.batch, ["cuda+bf16+compile"])


def rest(bench):
    conformance(bench, range(2, bench.sizes.parts + 1))


ALL = [
    Stage("devices", 90, devices),
    Stage("conformance", 90, conformance),
    Stage("kernels", 100, kernels),
    Stage("training", 170, training),
    Stage("sweep", 60, sweep),
    Stage("sampling", 40, sampling),
    Stage("quickstart", 70, quickstart),
    Stage("compiled", 80, compiled),
    Stage("rest", 600, rest),
]
