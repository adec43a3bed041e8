"""Prints a Markdown table of rounds and writes a JSON summary.

    table.py ROUNDS.jsonl SUMMARY.json

A round is an object with model, mode, batch, seconds of each step, peak_bytes (device_bytes where a device has memory of its
own), for ours dispatches, barriers and bytes moved a step, and for a peer's the largest relative difference of its first losses from ours.
"""

import json
import statistics
import sys

rounds = [json.loads(line) for line in open(sys.argv[1])]
rows = {}
for one in rounds:
    row = rows.setdefault((one["model"], one["mode"]), dict(seconds=[], peak=0, batch=one["batch"]))
    row["seconds"] += one["seconds"]
    row["peak"] = max(row["peak"], one.get("device_bytes") or one["peak_bytes"])
    row["dispatches"], row["barriers"] = one.get("dispatches"), one.get("barriers")
    row["moved"] = one["bytes_read"] + one["bytes_written"] if one.get("bytes_read") is not None else None
    row["difference"] = one.get("difference")

print("| model | | step, median (fastest – slowest) | images/s | memory, peak | launches, barriers, MiB moved | losses differ by | sfumato / this |")
print("|---|---|---|---|---|---|---|---|")
summary = []
for (model, mode), row in rows.items():
    median = statistics.median(row["seconds"])
    own = rows.get((model, "sfumato"))
    ratio = median / statistics.median(own["seconds"]) if own and mode != "sfumato" else None
    summary.append(dict(
        model=model, mode=mode, seconds=median, fastest=min(row["seconds"]), slowest=max(row["seconds"]),
        images_per_second=row["batch"] / median, peak_bytes=row["peak"], ratio=ratio,
        dispatches=row["dispatches"], barriers=row["barriers"], bytes_moved=row["moved"],
        difference=row["difference"]))
    launches = "" if row["dispatches"] is None else f"{row['dispatches']}, {row['barriers']}"
    if row["moved"] is not None:
        launches += f", {row['moved'] / 2**20:.0f}"
    difference = "" if row["difference"] is None else f"{row['difference']:.1e}"
    print(
        f"| {model} | {mode} | {1e3 * median:.1f} ms ({1e3 * min(row['seconds']):.1f} – {1e3 * max(row['seconds']):.1f}) | "
        f"{row['batch'] / median:.1f} | {row['peak'] / 2**20:.0f} MiB | {launches} | {difference} | "
        f"{'' if ratio is None else f'**{ratio:.2f}**'} |")
json.dump(summary, open(sys.argv[2], "w"), indent=1)
