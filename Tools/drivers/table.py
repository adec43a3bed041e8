"""Holds what the vendors' compilers say against thresholds, and prints it as a Markdown table.

    table.py [--write] RESULTS THRESHOLDS.json

RESULTS is what Tools/drivers/check leaves: for each DEVICE.CASE a cold run (.json, or .failed with the reason in .txt), for some a
warm one, for some a run under the validation layer, and for some a run with a fault that must be found. THRESHOLDS.json has, for each device
and case, the most that a step may take of what is counted, and for each device the lowest occupancy of each family of kernels. A case
without thresholds is an error: --write makes them, tightens those that something got better than, and writes docs/results/drivers.md.
It loosens none.
"""

import json
import pathlib
import sys

# What is counted of a case, with the slack that a threshold made of it has. Times depend on the machine and what else it does.
COUNTS = dict(spills=1, scratch=1, scalar=1, dispatches=1, barriers=1, mib=1, pipelines=1, cold=6, warm=6)
MATRIX_FAMILIES = ("conv", "convGradInput", "convGradWeight", "matmul")
# Card: the device whose counts stand for it, GB/s, and TFLOP/s in f32 and in 16 bits, by its vendor's data sheet.
CARDS = {
    "RX 9070 XT": ("rdna4", 640, 49, 195),
    "RX 6800": ("rdna2", 512, 16.2, 32.3),
    "H100 SXM": ("rdna4", 3350, 67, 989),
}
# In the order of Tools/drivers/check.
CASES = ("small", "medium", "medium-bf16", "medium-f16", "gan", "gan-bf16", "sample")
# What Tools/drivers/check plants, by what must be found of it.
PLANTED = ("spills", "scalar")
# Seconds for which a barrier drains a card: 1 to 3 µs are reported.
DRAIN = 2e-6
NAMES = dict(rdna2="RX 6800 (RDNA 2)", rdna3="RX 7900 XTX (RDNA 3)", rdna4="RX 9070 XT (RDNA 4)",
             adreno="Adreno 730", apple="Apple M1", ampere="RTX 3090 (Ampere), by NVK")


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip() and "WARNING" not in line]
    return lines[-1].strip() if lines else "nothing was printed"


def scalar_kernels(result):
    """Kernels of the matrix families without matrix instructions; those of images with few channels ("odd") have no other way."""
    return sum(
        one["kernels"] for one in result["methods"]
        if one["operation"] in MATRIX_FAMILIES and "_coop_" not in one.get("method", "")
        and "_odd" not in one.get("method", ""))


def measures(cold, warm=None):
    """What is counted of a case; its warm start only where there was one."""
    def first(result):
        return result["first_step"] if result["benchmark"] == "train" else result["first_evaluation"]

    pipelines = cold["pipelines"]
    found = dict(
        spills=sum(one["spills"] or 0 for one in pipelines),
        scratch=max(one["scratch"] or 0 for one in pipelines),
        dispatches=cold["dispatches"], barriers=cold["barriers"],
        mib=round((cold["bytes_read"] + cold["bytes_written"]) / 2**20, 1),
        pipelines=len(pipelines), cold=round(first(cold), 2))
    if warm:
        found["warm"] = round(first(warm), 2)
    if cold.get("precision", "f32") != "f32":
        found["scalar"] = scalar_kernels(cold)
    return found


def occupancies(results):
    """The lowest of each family of kernels over a device's cases."""
    lowest = {}
    for result in results:
        for one in result["operations"]:
            if one.get("occupancy") is not None:
                name = one["operation"]
                lowest[name] = min(lowest.get(name, one["occupancy"]), one["occupancy"])
    return lowest


def problems(device, case, found, limits):
    """What of a case is worse than its thresholds."""
    if limits is None:
        return [f"{device} {case}: there are no thresholds; run Tools/drivers/check -w"]
    return [
        f"{device} {case}: {name} {value:g}, at most {limits[name]:g} expected"
        for name, value in found.items() if name not in limits or value > limits[name]]


def low_occupancies(device, found, limits):
    return [
        f"{device}: {name} has an occupancy of {value:g}, at least {limits[name]:g} expected"
        for name, value in found.items() if name in limits and value < limits[name]]


def estimate(card, result):
    """Milliseconds of a step on a card: the longer of moving its bytes and computing, and the drain of its barriers."""
    _, bandwidth, f32, f16 = CARDS[card]
    bytes_moved = result["bytes_read"] + result["bytes_written"]
    peak = f32 if result.get("precision", "f32") == "f32" else f16
    # The multiply-adds of a sampling run are those of all its evaluations.
    operations = 2 * result["multiply_adds"] / result.get("evaluations", 1)
    return 1e3 * (max(bytes_moved / bandwidth / 1e9, operations / peak / 1e12) + result["barriers"] * DRAIN)


def load(folder):
    """The runs of each (device, case), and what went wrong."""
    runs, failures = {}, []
    for file in sorted(folder.glob("*.json")):
        device, case, kind = file.stem.split(".")
        text = file.read_text().strip()
        if file.with_suffix(".failed").exists() or not text:
            failures.append(f"{device} {case}, {kind}: {last_line(file.with_suffix('.txt').read_text())}")
            continue
        result = json.loads(text.splitlines()[-1])
        if kind == "validated":
            failures += [f"{device} {case}: {note}" for note in result["notes"] if note.startswith("validation")]
        elif not result.get("pipelines"):
            failures.append(f"{device} {case}: the driver says nothing of its kernels")
        else:
            runs.setdefault((device, case), {})[kind] = result
    return runs, failures


def overlooked(device, case, fault, planted, limits):
    """A check that cannot fail checks nothing: what is wrong with the planted run, as far as it goes unnoticed."""
    found = measures(planted)
    names = ("spills", "scratch") if fault == "spills" else (fault,)
    if any(found.get(name, 0) > limits[name] for name in names) and problems(device, case, found, limits):
        return []
    return [f"{device} {case}: a planted fault ({fault}) was not found"]


def seconds(time):
    return "" if time is None else f"{time:.2f} s"


def table(rows):
    yield ("| device | recipe | pipelines | spills | scratch, bytes | without matrices | dispatches | barriers | MiB moved "
           "| first step, cold | warm |")
    yield "|---|---|---|---|---|---|---|---|---|---|---|"
    for device, case, found in rows:
        yield (f"| {NAMES[device]} | {case} | {found['pipelines']} | {found['spills']:g} | {found['scratch']:g} "
               f"| {found.get('scalar', '')} | {found['dispatches']} | {found['barriers']} | {found['mib']:,.0f} "
               f"| {found['cold']:.2f} s | {seconds(found.get('warm'))} |")


def occupancy_table(occupancy):
    families = sorted({name for one in occupancy.values() for name in one})
    yield "| device | " + " | ".join(families) + " |"
    yield "|---" * (len(families) + 1) + "|"
    for device, one in occupancy.items():
        yield f"| {NAMES[device]} | " + " | ".join(f"{one[name]:g}" if name in one else "" for name in families) + " |"


def estimates(runs):
    yield "| recipe | " + " | ".join(CARDS) + " |"
    yield "|---" * (len(CARDS) + 1) + "|"
    for case in CASES:
        cells = []
        for card, (device, *_) in CARDS.items():
            one = runs.get((device, case))
            cells.append(f"{estimate(card, one['cold']):.2f} ms" if one else "")
        yield f"| {case} | " + " | ".join(cells) + " |"


def main():
    arguments = sys.argv[1:]
    writes = "--write" in arguments
    folder, limits_file = [pathlib.Path(one) for one in arguments if one != "--write"]
    runs, failures = load(folder)
    known = json.loads(limits_file.read_text()) if limits_file.exists() else {}
    rows, occupancy, planted = [], {}, []
    order = list(NAMES)
    for device, case in sorted(runs, key=lambda one: (order.index(one[0]), CASES.index(one[1]))):
        pair = runs[device, case]
        if "cold" not in pair:
            continue
        found = measures(pair["cold"], pair.get("warm"))
        rows.append((device, case, found))
        limits = known.setdefault(device, {}).get(case)
        if writes:
            fresh = {name: round(value * COUNTS[name], 2) for name, value in found.items()}
            limits = {name: min(value, (limits or fresh).get(name, value)) for name, value in fresh.items()}
            known[device][case] = limits
        failures += problems(device, case, found, limits)
        for fault in PLANTED:
            if fault in pair and limits:
                failures += overlooked(device, case, fault, pair[fault], limits)
                planted.append((device, case, fault))
    for device in dict.fromkeys(device for device, _, _ in rows):
        occupancy[device] = occupancies([pair["cold"] for (one, _), pair in runs.items() if one == device and "cold" in pair])
        limits = known[device].get("occupancy")
        if writes:
            limits = {name: max(value, (limits or {}).get(name, value)) for name, value in occupancy[device].items()}
            known[device]["occupancy"] = limits
        failures += low_occupancies(device, occupancy[device], limits or {})
    text = "\n".join(table(rows))
    text += "\n\nOccupancy, the lowest of each family: subgroups that a SIMD (AMD) or a core holds at once.\n\n"
    text += "\n".join(occupancy_table(occupancy))
    text += "\n\nEstimates of a step, not measurements.\n\n" + "\n".join(estimates(runs))
    print(text)
    if writes:
        limits_file.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
        page = pathlib.Path("docs/results/drivers.md")
        begin, end = "<!-- table -->\n", "<!-- end -->\n"
        old = page.read_text()
        page.write_text(old[:old.index(begin)] + begin + text + "\n" + old[old.index(end):])
    print(f"\nPlanted faults, each to be found: {', '.join(' '.join(one) for one in planted)}.")
    for failure in failures:
        print(f"FAILED: {failure}", file=sys.stderr)
    sys.exit(1 if failures or not rows else 0)


main()
