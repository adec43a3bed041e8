"""The command line of Tools/bench/cpu, which explains it."""

import argparse
import importlib

from session import Session

DEFAULT_MODES = dict(
    train="nchw channels_last compile bf16 bf16+compile", sample="nchw channels_last", conv="",
    scaling="nchw channels_last", start="nchw channels_last compile")


def numbers(text):
    return [int(word) for word in text.replace(",", " ").split()]


parser = argparse.ArgumentParser(prog="Tools/bench/cpu", description="Times the CPU backend beside PyTorch, in turns.")
parser.add_argument("part", choices=list(DEFAULT_MODES))
parser.add_argument("models", nargs="*", help="small, grey, medium, wide, gan or inferena (Tools/bench/models)")
parser.add_argument("-r", "--rounds", type=int, default=3, help="how often both sides take their turns")
parser.add_argument("-s", "--steps", type=int, default=5, help="timed in a round: steps, walks, or runs of a layer")
parser.add_argument("-m", "--modes", help="PyTorch's modes, as peers/network.py explains them")
parser.add_argument("--slow-rounds", type=int, default=1, help="rounds of modes with compile or bf16")
parser.add_argument("--slow-steps", type=int, default=3, help="steps of these")
parser.add_argument("-t", "--threads", type=int, help="of both sides; all cores when left out")
parser.add_argument("--backends", type=str.split, default=["fftw"], help="train: ours, such as \"fftw vulkan\"")
parser.add_argument("-o", "--out", help="JSON file; cpu-PART.json when left out")
parser.add_argument("--count", type=int, default=64, help="sample: images")
parser.add_argument("--batch", type=int, default=32, help="conv: images")
parser.add_argument("--layers", type=str.split, help="conv: such as \"64@32 128@16\"")
parser.add_argument("--no-errors", action="store_true", help="conv: leave out the comparison with float64")
parser.add_argument("--batches", type=numbers, default=[1, 2, 4, 8, 16, 32, 64, 128], help="scaling")
parser.add_argument("--sizes", type=numbers, default=[16, 32, 64], help="scaling: resolutions, at 32 images")
options = parser.parse_intermixed_args()
options.modes = (DEFAULT_MODES[options.part] if options.modes is None else options.modes).split()
options.models = options.models or (["small", "grey", "medium", "wide"] if options.part == "train" else ["small"])
options.out = options.out or f"cpu-{options.part}.json"
importlib.import_module(options.part).measure(Session(options))
