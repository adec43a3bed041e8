"""Prints a Markdown table of rounds (JSON lines: model, mode, batch, seconds, peak_bytes) and writes a JSON summary."""

import json
import statistics
import sys

rounds = [json.loads(line) for line in open(sys.argv[1])]
rows = {}
for one in rounds:
    row = rows.setdefault((one["model"], one["mode"]), dict(seconds=[], peak=0, batch=one["batch"]))
    row["seconds"] += one["seconds"]
    row["peak"] = max(row["peak"], one["peak_bytes"])

print("| model | | step, median (fastest – slowest) | images/s | memory, peak | sfumato / this |")
print("|---|---|---|---|---|---|")
summary = []
for (model, mode), row in rows.items():
    median = statistics.median(row["seconds"])
    own = statistics.median(rows[model, "sfumato"]["seconds"])
    ratio = median / own
    summary.append(dict(
        model=model, mode=mode, seconds=median, fastest=min(row["seconds"]), slowest=max(row["seconds"]),
        images_per_second=row["batch"] / median, peak_bytes=row["peak"], ratio=ratio))
    print(
        f"| {model} | {mode} | {1e3 * median:.0f} ms ({1e3 * min(row['seconds']):.0f} – {1e3 * max(row['seconds']):.0f}) | "
        f"{row['batch'] / median:.1f} | {row['peak'] / 2**20:.0f} MiB | {'' if mode == 'sfumato' else f'**{ratio:.2f}**'} |")
json.dump(summary, open(sys.argv[2], "w"), indent=1)
