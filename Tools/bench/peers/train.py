"""Rounds of PyTorch's training step: prints for each mode a JSON object with the seconds of each timed step.

    train.py FOLDER MODE[,MODE…] STEPS

FOLDER is what `bench peer train` wrote, a MODE is explained in network.py. The first steps are those of the folder, with the same
weights, images and draws; their losses are compared with ours.
"""

import json
import sys
import time

import torch
from adversarial import AdversarialTraining
from denoising import DenoisingTraining
from network import Folder, Mode, peak_bytes, process_age
from regression import WaveRegression

TRAININGS = dict(unet2d=DenoisingTraining, r3gan=AdversarialTraining, inferena=WaveRegression)


def measure(path, words, steps):
    mode = Mode(words)
    folder = Folder(path, mode)
    description = folder.description
    training = TRAININGS[folder.kind](folder)
    tensors = folder.tensors("steps")
    begin = time.monotonic()
    losses = []
    for number in range(1, len(description["losses"]) + 1):
        given = training.prepare({name: tensors[f"{name}.{number}"] for name in training.given})
        losses.append([value.item() for value in training.step(given, number)])
        if number == 1:
            first = process_age()
    repeated = mode.record(lambda: training.step(training.draw(given), len(losses)))
    ready = time.monotonic() - begin
    difference = max(
        abs(a - b) / abs(b) for ours, theirs in zip(description["losses"], losses) for a, b in zip(theirs, ours))
    mode.settle(repeated)
    walls = []
    for _ in range(steps):
        begin = time.monotonic()
        for value in repeated():
            value.item()
        walls.append(time.monotonic() - begin)
    return dict(
        mode=words, seconds=walls, warm_up=ready, start_to_first_step=first, peak_bytes=peak_bytes(mode.device),
        parameters=sum(p.numel() for p in folder.model.parameters()), losses=losses, difference=difference)


for words in sys.argv[2].split(","):
    try:
        print(json.dumps(measure(sys.argv[1], words, int(sys.argv[3]))), flush=True)
    except Exception as error:
        if "," not in sys.argv[2]:
            raise
        print(f"{words}: {error}", file=sys.stderr, flush=True)
    if "cuda" in words:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
