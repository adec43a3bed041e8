"""Prints reports of `sfumato conformance --report FILE.json` as two Markdown tables: backends, and operations by backend."""

import json
import pathlib
import sys

reports = {pathlib.Path(path).stem: json.load(open(path)) for path in sys.argv[1:]}
print("| backend | device | driver | checks | passed | failed | unsupported | seconds |")
print("|---|---|---|--:|--:|--:|--:|--:|")
for name, report in reports.items():
    total = report["total"]
    print(
        f"| {name} | {report['device']} | {report['driver']} | {total['checks']} | {total['passed']} | "
        f"{total['failed'] + total['unexpected_pass']} | {total['unsupported']} | {total['milliseconds'] / 1e3:.0f} |")

print("\nThe largest error of each operation at f32, f16 and bf16:\n")
print("| operation | checks | " + " | ".join(reports) + " |")
print("|---|--:|" + "---|" * len(reports))
rows = {}
for name, report in reports.items():
    for row in report["operations"]:
        rows.setdefault(row["operation"], {})[name] = row


def error(value):
    return "–" if value is None else "0" if value == 0 else f"{value:.0e}"


for operation, found in rows.items():
    cells = []
    for name in reports:
        row = found.get(name)
        if row is None:
            cells.append("")
            continue
        failed = row["failed"] + row["unexpected_pass"]
        errors = " ".join(error(row.get(f"error_{dtype}")) for dtype in ("f32", "f16", "bf16"))
        cells.append(f"**{failed} failed** {errors}" if failed else errors)
    print(f"| {operation} | {max(row['checks'] for row in found.values())} | " + " | ".join(cells) + " |")
