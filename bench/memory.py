"""What a run holds while it runs: the peak of many at once, each way in a process of its own."""

import asyncio
import gc
import subprocess
import sys
import tracemalloc
from typing import Final

from bench.shapes import chain
from bench.ways import Ways

STEPS: Final = 5
DELAY: Final = 0.02  # s


def peak(way: str, runs: int) -> float:
    """Return KiB a run: the peak of so many runs at once, measured in a new process."""
    command = [sys.executable, "-m", "bench.memory", way, str(runs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  our own
    return float(done.stdout)


async def _peak(name: str, runs: int) -> float:
    way = Ways(chain(STEPS, DELAY)).by_name()[name]
    await way()
    gc.collect()
    tracemalloc.start()
    await way(at_once=runs)
    return tracemalloc.get_traced_memory()[1] / 1024 / runs


if __name__ == "__main__":
    print(asyncio.run(_peak(sys.argv[1], int(sys.argv[2]))))
