"""Convolution layers, forward and both gradients, in every way that there is, beside oneDNN's and PyTorch's."""

import math
import os
import statistics

from session import table

LAYERS = [f"{channels}@{size}" for channels in (64, 128, 256) for size in (32, 16, 8)]
PASSES = ("conv", "convGradInput", "convGradWeight")
OURS = {"fourier": "FFT", "tiles": "matrix product", "winograd": "Winograd", "chosen": "chosen"}


def ways(found):
    """{layer: {way: [the three passes' entries]}} of what `bench ops` said."""
    layers = {}
    for operation in found["operations"]:
        for way in operation["ways"]:
            layers.setdefault(operation["detail"], {}).setdefault(way["way"], []).append(way)
    # A way counts where it takes all three passes.
    return {
        layer: {way: passes for way, passes in each.items() if len(passes) == len(PASSES)}
        for layer, each in layers.items()}


def measure(session):
    options = session.options
    layers = options.layers or LAYERS
    flags = ["--layers", ",".join(layers), "--batch", options.batch, "--op", "conv", "--steps", options.steps]
    plugin = os.environ.get("ONEDNN")
    seconds, rounds, last, direct, peer = {}, [], None, None, None

    def note(layer, way, value):
        seconds.setdefault(layer, {}).setdefault(way, []).append(value)

    for number in range(options.rounds):
        session.say(f"round {number + 1} of {options.rounds}")
        # Errors do not change from round to round.
        ours = session.ours("ops", *flags, *(["--errors"] if number == 0 and not options.no_errors else []))
        last, direct = last or ways(ours), direct or sums(ours)
        rounds.append(dict(sfumato=ours))
        for layer, each in ways(ours).items():
            for way, passes in each.items():
                note(layer, way, sum(one["median"] for one in passes))
        if plugin:
            found = session.ours(
                "ops", *flags, "--backend-path", plugin, backend="onednn",
                environment=dict(OMP_WAIT_POLICY="passive"))
            rounds[-1]["onednn"] = found
            for layer, each in ways(found).items():
                note(layer, "onednn", sum(one["median"] for one in each["chosen"]))
        for mode in ("nchw", "channels_last"):
            wanted = ["errors"] if number == 0 and mode == "nchw" and not options.no_errors else []
            found = session.peer("conv", mode, options.batch, options.steps, *wanted, *layers)
            peer = peer or found["errors"]
            rounds[-1][mode] = found
            for layer, value in found["seconds"].items():
                note(layer, mode, value)
    report(session, layers, seconds, last, direct, peer, rounds)


def sums(found):
    """{layer: the three passes' errors of sums by the definition} of what `bench ops` said."""
    layers = {}
    for operation in found["operations"]:
        layers.setdefault(operation["detail"], []).append(operation["direct_error"])
    return layers


def worst(errors, direct):
    """The largest of the passes' errors, as a multiple of that of sums by the definition; None where it was not asked for."""
    if not errors or None in errors or None in direct:
        return None
    return max(one / base for one, base in zip(errors, direct))


def report(session, layers, seconds, last, direct, peer, rounds):
    lines, summary = [], []
    for layer in layers:
        medians = {way: statistics.median(values) for way, values in seconds[layer].items()}
        torch_mode = min(("nchw", "channels_last"), key=medians.get)
        best = min(medians[way] for way in OURS if way in medians)
        ratio, behind = medians[torch_mode] / medians["chosen"], medians["chosen"] / best
        errors = {way: worst([one["error"] for one in last[layer].get(way, [])], direct[layer]) for way in OURS}
        errors["PyTorch"] = worst((peer or {}).get(layer), direct[layer])
        methods = [one["method"] for one in last[layer]["chosen"]]
        summary.append(dict(
            layer=layer, seconds=medians, torch_mode=torch_mode, ratio=ratio, behind_best=behind, errors=errors,
            methods=methods))

        def cell(way):
            return f"{1e3 * medians[way]:.2f}" if way in medians else ""

        lines.append(
            [layer] + [cell(way) for way in OURS] + [", ".join(dict.fromkeys(str(m) for m in methods)), cell("onednn"),
             f"{1e3 * medians[torch_mode]:.2f} ({torch_mode})", f"**{ratio:.2f}**", f"{behind:.2f}",
             " / ".join("–" if error is None else f"{error:.1f}" for error in errors.values())])
    mean = math.exp(statistics.mean(math.log(row["ratio"]) for row in summary))
    behind = math.exp(statistics.mean(math.log(row["behind_best"]) for row in summary))
    lines.append(["geometric mean"] + [""] * 7 + [f"**{mean:.2f}**", f"{behind:.2f}", ""])
    summary.append(dict(layer="geometric mean", ratio=mean, behind_best=behind))
    session.finish(
        table(["layer", *[f"{name}, ms" for name in OURS.values()], "what was chosen", "oneDNN, ms", "PyTorch, ms",
               "chosen / PyTorch", "behind our best", "errors: " + " / ".join([*OURS.values(), "PyTorch nchw"])], lines)
        + ["", f"3×3 taps, {session.options.batch} images, forward and both gradients. Errors against float64 are multiples of "
           "that of float32 sums by the definition, one accumulator a result, of the pass where they are largest."],
        summary, rounds)
