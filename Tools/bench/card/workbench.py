"""Running commands within limits, and keeping what they say."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path

from clocks import Clocks

ROOT = Path(__file__).resolve().parents[3]
# Where drivers' packages and containers leave their manifests; the loader looks into the first two by itself.
MANIFESTS = ["/etc/vulkan/icd.d", "/usr/share/vulkan/icd.d", "/usr/local/nvidia/share/vulkan/icd.d", "/run/opengl-driver/share/vulkan/icd.d"]


class Failure(Exception):
    """A command failed, or was stopped; others of its stage may still do."""


class OutOfTime(Exception):
    """Nothing more can be run in this stage."""


class Workbench:
    """Programs, a working folder, the time that is left. `results` holds what each stage found, `notes` what went wrong."""

    def __init__(self, out, seconds, steps, sizes, ways):
        self.begin = time.monotonic()
        self.end = self.begin + seconds
        self.limit = self.end
        self.steps = steps
        self.sizes = sizes
        # Words for our programs: which way convolutions are computed.
        self.ways = ways
        self.out = Path(out)
        self.out.mkdir(parents=True, exist_ok=True)
        self.log = open(self.path("log.txt"), "w")
        self.work = Path(tempfile.mkdtemp(prefix="sfumato-gpu-"))
        self.results, self.notes, self.times = {}, [], {}
        self.clocks = Clocks()
        self.environment = os.environ | {"SFUMATO_CACHE": str(self.work / "cache")}
        # PyTorch is run with the machine's own libraries.
        self.peer_environment = dict(os.environ)
        self.unpack()
        self.find_driver()
        self.has_peer = self.install_peer()
        self.say(f"ready after {time.monotonic() - self.begin:.1f} s")

    def path(self, name):
        return self.out / name

    def folder(self, name):
        return str(self.work / name)

    def say(self, text):
        line = f"[{time.monotonic() - self.begin:6.1f} s] {text}"
        print(line, file=sys.stderr, flush=True)
        print(line, file=self.log, flush=True)

    def note(self, text):
        self.notes.append(text)
        self.say("NOTE " + text)

    # What is needed.

    def unpack(self):
        """Finds the programs: named ones, those of a pack, or those that are built."""
        packed = next((each for each in (ROOT, ROOT / ".gpu") if (each / "programs.tar.xz").exists()), None)
        self.root = packed or ROOT
        self.programs = {name: os.environ.get(name.upper()) for name in ("sfumato", "bench")}
        if all(self.programs.values()):
            return
        if not packed:
            for name in self.programs:
                subprocess.run(["swift", "build", "-c", "release", "--product", name], cwd=ROOT, check=True, stdout=sys.stderr)
                self.programs[name] = str(ROOT / ".build/release" / name)
            return
        with tarfile.open(packed / "programs.tar.xz") as archive:
            archive.extractall(self.work, filter="data")
        self.programs = {name: str(self.work / "bin" / name) for name in self.programs}
        known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True).stdout
        folders = [self.work / "lib"] + ([] if "libstdc++.so.6 " in known else [self.work / "lib/standard"])
        self.environment["LD_LIBRARY_PATH"] = ":".join(map(str, folders))

    def find_driver(self):
        """Names a driver that lies where the loader does not look."""
        if any(name in os.environ for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")):
            return
        found = [sorted(Path(folder).glob("*.json")) for folder in MANIFESTS]
        if not any(found[:2]):
            files = [str(file) for each in found for file in each]
            if files:
                self.environment["VK_DRIVER_FILES"] = ":".join(files)

    def install_peer(self):
        """Whether there is PyTorch on a GPU, and diffusers beside it or in the pack."""
        if not importlib.util.find_spec("torch"):
            self.note("there is no PyTorch here: nothing is compared with it")
            return False
        site = self.work / "site"
        wheels = self.root / "wheels"
        # The machine's own are taken first; one of the pack would hide a newer one.
        missing = [wheel for wheel in sorted(wheels.glob("*.whl")) if not importlib.util.find_spec(wheel.name.split("-")[0])]
        if missing:
            subprocess.run(
                [sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--no-compile", "--target", site, *missing],
                stdout=sys.stderr, stderr=sys.stderr)
        self.peer_environment["PYTHONPATH"] = ":".join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
        test = "import torch, diffusers, sys; sys.exit(not torch.cuda.is_available())"
        done = subprocess.run([sys.executable, "-c", test], env=self.peer_environment, capture_output=True, text=True)
        if done.returncode:
            self.note(f"PyTorch is not compared with: {(done.stderr.strip().splitlines() or ['it finds no GPU'])[-1]}")
        return done.returncode == 0

    # Stages and commands.

    def carry_out(self, stage):
        begin = time.monotonic()
        self.limit = min(self.end, begin + stage.limit)
        if self.end - begin < 5:
            return self.note(f"{stage.name}: left out, since the time was over")
        self.say(f"{stage.name}: at most {self.limit - begin:.0f} s")
        try:
            stage.run(self)
        except OutOfTime as error:
            self.note(f"{stage.name}: {error}")
        except Exception as error:
            self.note(f"{stage.name}: {type(error).__name__}: {error}")
        self.times[stage.name] = (time.monotonic() - begin, stage.limit, self.clocks.since(begin))

    @property
    def left(self):
        return self.limit - time.monotonic()

    def lines(self, command, environment, limit=None, gently=False):
        """What a command prints, as a list of JSON values. `gently`: at its limit it is asked to end, and may say what it has.

        Raises Failure when it fails or does not end, OutOfTime where it cannot begin.
        """
        limit = min(self.left, limit or self.left)
        if limit < 2:
            raise OutOfTime("the rest was left out")
        self.say("$ " + " ".join(map(str, command))[-300:])
        process = subprocess.Popen(
            list(map(str, command)), env=environment, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True)
        over = False
        try:
            output, errors = process.communicate(timeout=limit - (2 if gently else 0))
        except subprocess.TimeoutExpired:
            over = True
            os.killpg(process.pid, signal.SIGINT if gently else signal.SIGKILL)
            try:
                output, errors = process.communicate(timeout=8)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                output, errors = process.communicate()
        self.log.write(errors[-4000:])
        found = []
        for line in output.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                self.log.write(line + "\n")
        self.log.flush()
        name = " ".join(map(str, [Path(command[0]).name, *command[1:]]))[-200:]
        if over and not gently:
            error = Failure(f"`{name}` was stopped after {limit:.0f} s")
        elif process.returncode and not over:
            last = (errors.strip().splitlines() or ["nothing was said"])[-1][:500]
            error = Failure(f"`{name}` ended with {process.returncode}: {last}")
        else:
            return found
        if not found:
            raise error
        # Some of several.
        self.note(str(error))
        return found

    def ours(self, *arguments, limit=None):
        """The last JSON line of `sfumato`; None where it fails, which is noted."""
        try:
            found = self.lines([self.programs["sfumato"], *arguments], self.environment, limit)
        except Failure as failure:
            self.note(str(failure))
            return None
        return found[-1] if found else None

    def peer(self, script, *arguments, limit=None):
        """The JSON lines of one of Tools/bench/peers; none where it fails, which is noted."""
        if not self.has_peer:
            return []
        command = [sys.executable, self.root / "Tools/bench/peers" / f"{script}.py", *arguments]
        try:
            return self.lines(command, self.peer_environment, limit)
        except Failure as failure:
            self.note(str(failure))
            return []

    def peer_data(self, what, name, recipe, count, *overrides):
        """The folder from which a peer takes the same steps; None where it could not be made."""
        if not self.has_peer:
            return None
        folder = self.folder(name)
        try:
            self.lines([self.programs["bench"], "peer", what, folder, "vulkan", recipe, count, *overrides], self.environment)
        except Failure as failure:
            self.note(str(failure))
            return None
        return folder

    def close(self):
        self.clocks.close()
        shutil.rmtree(self.work, ignore_errors=True)
        self.log.close()
