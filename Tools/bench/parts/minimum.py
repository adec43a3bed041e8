#!/usr/bin/env python3
"""The least bytes that a step could move, counted over a program that `sfumato train --dump-program FILE` has written.

    Tools/bench/parts/minimum.py FILE

A convolution, product, norm or attention, with the cluster that follows it, reads each operand once and writes each result
once. So does the optimizer with its states, and it reads the gradients once. Everything else (sums, statistics, slices,
concatenations, enlargements, random numbers) is taken to happen on the way.
"""
import collections
import re
import sys

COUNTED = ["conv", "convGradInput", "convGradWeight", "matmul", "groupNorm", "groupNormGrad", "attention", "attentionGrad"]
NODE = re.compile(r"^  ((?:%\d+(?:, )?)+) = (\w+)(.*?) : (.*)$")


def size(kind):
    """Bytes of a tensor, written like f32[2, 3]."""
    dtype, dimensions = re.match(r"(\w+)\[([\d, ]*)\]", kind).groups()
    count = 1
    for dimension in dimensions.split(","):
        count *= int(dimension) if dimension.strip() else 1
    return count * (2 if dtype in ("f16", "bf16") else 4)


def parse(line):
    found = NODE.match(line.split("  //")[0].rstrip())
    return found and (re.findall(r"%\d+", found[1]), found[2], found[3], re.findall(r"\w+\[[\d, ]*\]", found[4]))


def regions(lines):
    """By region: the operation that an epilogue follows, its body's first node; and the bytes that are moved to lie beside its result."""
    cores, carried, name = {}, collections.Counter(), None
    for line in lines:
        if line.startswith("region "):
            name, inputs, reads = line.split()[1], {}, collections.Counter()
        node = parse(line)
        if not name or not node:
            continue
        outputs, operation, rest, kinds = node
        if operation == "input":
            inputs[outputs[0]] = size(kinds[0])
            continue
        cores.setdefault(name, operation)
        operands = re.findall(r"%\d+", rest)
        reads.update(operands)
        if operation == "concat":
            beside = [value for value in operands if value in inputs]
            # Read for nothing else, and written.
            carried[name] += sum(inputs[value] * (2 if reads[value] == 1 else 1) for value in beside)
    return cores, carried


def main(path):
    with open(path) as file:
        lines = file.read().split("\n")
    first = next((i for i, line in enumerate(lines) if line.startswith("region ")), len(lines))
    cores, carried = regions(lines[first:])
    sizes, states = {}, set()
    total, operations = collections.Counter(), collections.Counter()
    for line in lines[:first]:
        node = parse(line)
        if not node:
            continue
        outputs, operation, rest, kinds = node
        sizes.update(zip(outputs, map(size, kinds)))
        if operation == "state":
            states.update(outputs)
        inputs = set(re.findall(r"%\d+", rest))
        family = operation
        if operation == "epilogue":
            region = "epilogue" + re.match(r"#\d+", rest)[0]
            family = cores[region]
            total[family] -= carried[region] if family in COUNTED else 0
        if operation == "pointwise" and len(inputs & states) >= 3:
            family = "optimizer"
        if family in COUNTED + ["optimizer"]:
            total[family] += sum(sizes[value] for value in inputs | set(outputs))
            operations[family] += 1
    print("| | operations | MiB |\n|---|---|---|")
    for family, count in (+total).most_common():
        print(f"| {family} | {operations[family]} | {count / 2**20:.1f} |")
    print(f"| **least** | | **{sum(total.values()) / 2**20:.0f}** |")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
