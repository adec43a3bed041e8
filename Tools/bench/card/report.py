"""One Markdown document and one JSON object of what was found so far."""

import json
import statistics
import time


def table(heads, rows):
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads), *("| " + " | ".join(row) + " |" for row in rows), ""]


def milliseconds(seconds):
    return f"{1e3 * seconds:.{1 if seconds >= 0.01 else 2 if seconds >= 1e-3 else 4}f}"


def write_report(bench):
    results = bench.results
    sections = [
        ("Devices", devices(results)), ("Conformance", conformance(results)), ("Kernels", kernels(results)),
        ("Training steps", training(results)), ("Profiles", profiles(results)), ("Sampling", sampling(results)),
        ("A run", quickstart(results)), ("Stages", stages(bench)),
        ("What went wrong", [f"- {note}" for note in bench.notes] + [""] if bench.notes else []),
    ]
    lines = ["# A GPU, measured", ""]
    for title, body in sections:
        if body:
            lines += [f"## {title}", "", *body]
    bench.path("gpu.md").write_text("\n".join(lines))
    bench.path("gpu.json").write_text(json.dumps(results | dict(notes=bench.notes, stages=bench.times), indent=1) + "\n")


def devices(results):
    lines = [f"- {each['name']}, {each['kind']}, {each['driver']}" for each in results.get("devices", [])]
    lines += [f"- {line}" for line in results.get("nvidia_smi", [])[1:]]
    return lines + [""] if lines else []


def conformance(results):
    parts = results.get("conformance", {}).values()
    if not parts:
        return []
    problems = [problem for part in parts for problem in part["problems"]]
    lines = [f"{sum(part['passed'] for part in parts)} of {sum(part['checks'] for part in parts)} checks passed.", ""]
    lines += [
        f"- {one['op']} {one['detail']} {one['types']} order {one['order']}: {one.get('problem', one['status'])}" for one in problems[:60]]
    return lines + [""]


def kernels(results):
    rows = []
    for precision, both in results.get("kernels", {}).items():
        theirs = both["theirs"]
        for one in (both["ours"] or {}).get("operations", []):
            name = f"{one['operation']} {one['detail']}"
            ways = {way["way"]: way for way in one["ways"]}
            mine = ways["chosen"]
            seconds = mine["kernel_seconds"] or mine["median"]
            peer = theirs.get(name)
            others = ", ".join(
                f"{way} {milliseconds(found['kernel_seconds'] or found['median'])}" for way, found in ways.items() if way != "chosen")
            rows.append([
                precision, name, mine["method"] or "", milliseconds(seconds), f"{one['flops'] / seconds * 1e-12:.1f}",
                milliseconds(mine["median"]), others, milliseconds(peer) if peer else "",
                f"{one['flops'] / peer * 1e-12:.1f}" if peer else "", f"**{peer / seconds:.2f}**" if peer else ""])
    heads = ["", "operation", "way", "kernels, ms", "TFLOP/s", "with launch, ms", "other ways, ms", "PyTorch, ms", "TFLOP/s", "sfumato / PyTorch"]
    return table(heads, rows) if rows else []


def training(results):
    rows = []
    for key, row in results.get("training", {}).items():
        mine = row.get("ours")
        own = statistics.median(mine["seconds"]) if mine else None
        found = [("sfumato", mine)] if mine else []
        for name, one in found + [(f"PyTorch {each['mode']}", each) for each in row["theirs"]]:
            median = statistics.median(one["seconds"])
            memory = one.get("device_bytes") or one["peak_bytes"]
            counts = f"{one['dispatches']}, {one['barriers']}" if one.get("dispatches") else ""
            rows.append([
                key, name, f"{milliseconds(median)} ({milliseconds(min(one['seconds']))} – {milliseconds(max(one['seconds']))})",
                f"{row['batch'] / median:.0f}", f"{memory / 2**20:.0f}", counts,
                f"{one['difference']:.1e}" if one.get("difference") is not None else "",
                f"**{median / own:.2f}**" if own and name != "sfumato" else ""])
    heads = ["model · precision · batch", "", "step, ms (fastest – slowest)", "images/s", "MiB", "launches, barriers", "losses differ by", "sfumato / this"]
    return table(heads, rows) if rows else []


def profiles(results):
    lines = []
    for name, found in results.get("profiles", {}).items():
        if not found:
            continue
        lines += [f"{name}: {milliseconds(found['median'])} ms a step, first step {found['first_step']:.2f} s", ""]
        rows = []
        for group in found.get("methods") or []:
            seconds = group["seconds"]
            moved = (group["bytes_read"] or 0) + (group["bytes_written"] or 0)
            rows.append([
                group["operation"], group.get("method") or "", str(group["kernels"]), milliseconds(seconds) if seconds else "",
                f"{1e2 * group['share']:.1f}" if group["share"] is not None else "",
                f"{(group['gigaflops'] or 0) * 1e-3:.1f}" if group["gigaflops"] else "",
                f"{moved / seconds * 1e-9:.0f}" if seconds else "",
                " ".join(f"{field} {group[field]:.0f}" for field in ("registers", "spills", "occupancy") if group.get(field) is not None)])
        lines += table(["operation", "way", "kernels", "ms", "%", "TFLOP/s", "GB/s", "compiler"], rows)
    return lines


def sampling(results):
    rows = []
    for name, both in results.get("sampling", {}).items():
        mine = both["ours"]
        own = statistics.median(mine["seconds"]) if mine else None
        for who, one in [("sfumato", mine)] * bool(mine) + [(f"PyTorch {each['mode']}", each) for each in both["theirs"]]:
            median = statistics.median(one["seconds"])
            rows.append([
                name, who, milliseconds(median), f"{both['count'] / median:.1f}", f"{one['difference']:.1e}" if "difference" in one else "",
                f"**{median / own:.2f}**" if own and who != "sfumato" else ""])
    return table(["images by 18 Heun steps", "", "ms", "images/s", "differs by", "sfumato / this"], rows) if rows else []


def quickstart(results):
    found = results.get("quickstart")
    return [f"Samples/recipes/quickstart.yaml: `{json.dumps(found['last'])}`", ""] if found else []


def stages(bench):
    """`clock` is the GPU's: the lowest, the median and the highest, what the host did alone included."""
    def clock(found):
        return " – ".join(map(str, found)) if found else ""
    return table(
        ["stage", "seconds", "limit", "clock, MHz"],
        [[name, f"{took:.1f}", f"{limit:.0f}", clock(found)] for name, (took, limit, found) in bench.times.items()])