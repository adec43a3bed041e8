"""What all parts of Tools/bench/cpu share: running both sides, and writing down what they said."""

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile

MODELS = "Tools/bench/models"
PEERS = "Tools/bench/peers"
# PyTorch's tensors come from malloc, which else gives large ones back to the system after each operation; taking them again
# costs more than the operation where fresh pages are slow, as on virtual machines.
KEEP_MEMORY = dict(MALLOC_MMAP_THRESHOLD_=str(1 << 33), MALLOC_TRIM_THRESHOLD_=str(1 << 33))


class Session:
    """Binaries, options and a working folder. Names of binaries come from the environment."""

    def __init__(self, options):
        self.options = options
        self.sfumato, self.bench = os.environ["SFUMATO"], os.environ["BENCH"]
        self.work = tempfile.TemporaryDirectory(prefix="bench-")
        self.environment = dict(os.environ)
        if options.threads:
            self.environment["THREADS"] = str(options.threads)
            self.environment["OMP_NUM_THREADS"] = str(options.threads)

    def folder(self, name):
        return f"{self.work.name}/{name}"

    def say(self, text):
        print(text, file=sys.stderr, flush=True)

    def run(self, arguments, environment=None):
        """The last line that a command prints, as JSON; the end of everything where it fails."""
        done = subprocess.run(
            arguments, env=self.environment | (environment or {}), capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(arguments)}\nended with {done.returncode}: {done.stderr.strip()[-2000:]}")
        lines = done.stdout.strip().splitlines()
        return json.loads(lines[-1]) if lines else None

    def ours(self, what, *flags, backend="fftw", environment=None):
        threads = ["--threads", str(self.options.threads)] if self.options.threads and backend == "fftw" else []
        # The command with inferena's model in it.
        return self.run(
            [self.bench, "sfumato", "bench", what, "--backend", backend, "--json", *threads, *map(str, flags)], environment)

    def peer(self, script, *arguments):
        return self.run([sys.executable, f"{PEERS}/{script}.py", *map(str, arguments)], KEEP_MEMORY)

    def peer_data(self, what, folder, model, count, *overrides):
        """Writes the folder from which a peer takes the same steps."""
        self.run([self.bench, "peer", what, folder, "fftw", f"{MODELS}/{model}.yaml", str(count), *overrides])

    def is_slow(self, mode):
        return "compile" in mode or "bf16" in mode

    def check(self, name, mode, difference, limit):
        """Ends everything where a peer does not compute what we do. bf16 keeps 8 bits, and is told only."""
        self.say(f"  {name}, PyTorch {mode}: differs by {difference:.2g}")
        if "bf16" not in mode and not difference <= limit:
            sys.exit(f"{name}: PyTorch {mode} differs from sfumato by {difference:.3g}, more than {limit:g}")

    def finish(self, lines, summary, rounds):
        """Prints the machine and the table, writes the JSON."""
        machine = machine_description(self.options.threads)
        print("- " + "\n- ".join(machine.values()) + "\n")
        print("\n".join(lines))
        with open(self.options.out, "w") as file:
            json.dump(dict(machine=machine, rows=summary, rounds=rounds), file, indent=1)
            file.write("\n")


def machine_description(threads):
    import diffusers
    import torch

    processor = next(
        (line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine())
    return dict(
        processor=processor, threads=f"{threads or len(os.sched_getaffinity(0))} threads",
        peers=f"PyTorch {torch.__version__}, diffusers {diffusers.__version__}")


def spread(seconds):
    """Median, fastest and slowest, in milliseconds where that reads better."""
    values = [statistics.median(seconds), min(seconds), max(seconds)]
    scale, unit, digits = (1, "s", 2) if values[0] >= 10 else (1e3, "ms", 1)
    middle, low, high = (f"{scale * value:.{digits}f}" for value in values)
    return f"{middle} {unit} ({low} – {high})"


def table(heads, rows):
    return ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)] + [
        "| " + " | ".join(row) + " |" for row in rows]


class Rounds:
    """The seconds of several rounds by row, and what else the last one said."""

    def __init__(self):
        self.rows = {}
        self.all = []

    def add(self, key, found):
        row = self.rows.setdefault(key, dict(seconds=[]))
        row.update({name: value for name, value in found.items() if name != "seconds"})
        row["seconds"] += found["seconds"]
        self.all.append(dict(row=list(key), **{name: found[name] for name in found if name not in ("operations",)}))

    def median(self, key):
        return statistics.median(self.rows[key]["seconds"]) if key in self.rows else None
