"""What the GPU's clock was meanwhile: a card with little to do lowers it, and everything is slow."""

import shutil
import subprocess
import threading
import time


class Clocks:
    """Samples of an NVIDIA card's clock, five a second; none on other machines."""

    def __init__(self):
        self.samples = []
        self.process = None
        if shutil.which("nvidia-smi"):
            self.process = subprocess.Popen(
                ["nvidia-smi", "--query-gpu=clocks.sm", "--format=csv,noheader,nounits", "-lms", "200"], stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL, text=True)
            threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            if line.strip().isdigit():
                self.samples.append((time.monotonic(), int(line)))

    def since(self, begin):
        """MHz: the lowest, the median and the highest; None where nothing is known."""
        found = sorted(clock for when, clock in self.samples if when >= begin)
        return (found[0], found[len(found) // 2], found[-1]) if found else None

    def close(self):
        if self.process:
            self.process.kill()
