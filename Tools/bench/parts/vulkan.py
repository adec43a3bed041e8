"""Vulkan kernels in turns: ours, an older build's, ncnn's. Tools/bench/vulkan tells of its arguments."""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).resolve().parent.parent
PASSES = {"conv": "forward", "convGradInput": "input gradient", "convGradWeight": "weight gradient"}

arguments = argparse.ArgumentParser(prog="Tools/bench/vulkan")
arguments.add_argument("-r", dest="rounds", type=int, default=3)
arguments.add_argument("-b", dest="batch", type=int, default=32)
arguments.add_argument("-o", dest="output", default="vulkan.json")
arguments.add_argument("subjects", nargs="*", metavar="CHANNELS@SIZE|ROWSxINNER")
options = arguments.parse_args()
subjects = options.subjects or ["64@32", "128@16", "256@8", "8192x128", "1024x1024"]
layers = [name for name in subjects if "@" in name]
products = {f"{m}×{k}×{k}": name for name in subjects if "@" not in name for m, k in [name.split("x")]}


def last_line(command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
    return json.loads(lines[-1])


def ours(binary):
    command = [binary, "bench", "ops", "--backend", "vulkan", "--batch", str(options.batch), "--op", "conv", "--op",
               "matmul", "--json"]
    report = last_line(command + (["--layers", ",".join(layers)] if layers else []))
    found = {}
    for each in report["operations"]:
        name, detail = each["operation"], each["detail"]
        if name in PASSES and detail in layers or detail in products:
            found[f"{detail} {PASSES.get(name, 'product')}"] = (each["ways"][0]["median"], each["flops"])
    return report["device"] + ", " + report["driver"], found


def peer():
    command = [sys.executable, str(BENCH / "peers/ncnn_layers.py"), str(options.batch), "5"]
    found = last_line(command + layers + list(products.values()))
    names = {name: f"{name} forward" for name in layers} | {name: f"{key} product" for key, name in products.items()}
    return {names[name]: seconds for name, seconds in found.items()}


seconds, flops, device = {}, {}, ""
for _ in range(options.rounds):
    for name, binary in [("sfumato", os.environ["SFUMATO"]), ("before", os.environ.get("BEFORE"))]:
        if binary:
            where, found = ours(binary)
            device = device or where
            for key, (median, count) in found.items():
                seconds.setdefault(key, {}).setdefault(name, []).append(median)
                flops[key] = count
    for key, median in peer().items():
        seconds[key].setdefault("ncnn", []).append(median)

rows, ratios = [], {"before": {}, "ncnn": {}}
for key, found in seconds.items():
    speed = {name: flops[key] / statistics.median(all) * 1e-9 for name, all in found.items()}
    row = [key, f"{speed['sfumato']:.1f}"]
    for other in ratios:
        if other in speed:
            ratio = speed["sfumato"] / speed[other]
            ratios[other].setdefault("products" if key.endswith("product") else "convolutions", []).append(ratio)
            row += [f"{speed[other]:.1f}", f"{ratio:.2f}"]
        else:
            row += ["", ""]
    rows.append(row)

print(f"{device}; GFLOP/s, medians of {options.rounds} rounds in turns, batch {options.batch}\n")
print("| | sfumato | before | × | ncnn | × |")
print("|---|---|---|---|---|---|")
for row in rows:
    print("| " + " | ".join(row) + " |")
for other, kinds in ratios.items():
    for kind, all in kinds.items():
        mean = math.exp(statistics.mean(map(math.log, all)))
        print(f"\n{kind}, times {other}: {mean:.2f} in the geometric mean, {min(all):.2f} at least")
Path(options.output).write_text(json.dumps({"device": device, "seconds": seconds, "flops": flops}, indent=1) + "\n")
