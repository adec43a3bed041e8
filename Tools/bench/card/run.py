"""The command line of `Tools/bench/gpu run`, which explains it: stages by worth, within a time that is given."""

import argparse

import stages
from report import write_report
from workbench import Workbench

parser = argparse.ArgumentParser(prog="Tools/bench/gpu run", description="Measures a GPU, the most telling first.")
parser.add_argument("--minutes", type=float, default=8, help="for everything; what does not fit is left out")
parser.add_argument("--out", default="gpu", help="folder of what is written, at most 8 files")
parser.add_argument("--only", help=f"stages with commas between: {', '.join(stage.name for stage in stages.ALL)}")
parser.add_argument("--steps", type=int, help="timed of each training step; 20 when left out")
parser.add_argument("--light", action="store_true", help="small sizes: every stage runs where there is no GPU, and its figures say nothing")
options = parser.parse_args()
wanted = options.only.split(",") if options.only else [stage.name for stage in stages.ALL]
unknown = set(wanted) - {stage.name for stage in stages.ALL}
if unknown:
    parser.error(f"no stage is called {', '.join(sorted(unknown))}")

bench = Workbench(
    options.out, options.minutes * 60, options.steps or (2 if options.light else 20),
    stages.LIGHT if options.light else stages.FULL, ["--convolution", "direct"] if options.light else [])
for stage in stages.ALL:
    if stage.name in wanted:
        bench.carry_out(stage)
        write_report(bench)
bench.close()
print(open(bench.path("gpu.md")).read())
