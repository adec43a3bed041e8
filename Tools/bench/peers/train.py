"""One round of PyTorch's training step: prints a JSON object with the seconds of each timed step.

    train.py FOLDER MODE STEPS

FOLDER is what `bench peer train` wrote, MODE is explained in network.py. The first steps are those of the folder, with the same
weights, pictures and draws; their losses are compared with ours.
"""

import json
import sys
import time

from adversarial import AdversarialTraining
from denoising import DenoisingTraining
from network import Folder, Mode, peak_bytes, process_age

mode = Mode(sys.argv[2])
folder, steps = Folder(sys.argv[1], mode), int(sys.argv[3])
description = folder.description
training = (AdversarialTraining if folder.is_adversarial else DenoisingTraining)(folder)
tensors = folder.tensors("steps")
begin = time.monotonic()
losses = []
for number in range(1, len(description["losses"]) + 1):
    given = training.prepare({name: tensors[f"{name}.{number}"] for name in training.given})
    losses.append(training.step(given, number))
    if number == 1:
        first = process_age()
ready = time.monotonic() - begin
difference = max(
    abs(a - b) / abs(b) for ours, theirs in zip(description["losses"], losses) for a, b in zip(theirs, ours))
walls = []
for _ in range(steps):
    begin = time.monotonic()
    training.step(training.draw(given), len(losses))
    walls.append(time.monotonic() - begin)
print(json.dumps(dict(
    seconds=walls, warm_up=ready, start_to_first_step=first, peak_bytes=peak_bytes(mode.device),
    parameters=sum(p.numel() for p in folder.model.parameters()), losses=losses, difference=difference)))
