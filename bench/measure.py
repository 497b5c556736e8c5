"""How things are measured: in turns, each beside the others, in this process."""

import asyncio
import gc
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median
from time import perf_counter, process_time
from typing import Final

from bench.ways import Way

LONGEST_ROUND: Final = 100_000  # runs


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to measure: `turns` of all ways, each at least `turn` seconds long."""

    turns: int = 9
    turn: float = 0.2


SHORT: Final = Effort(turns=1, turn=0.0)


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds a run, turn by turn, by the name of the way."""

    turns: Mapping[str, list[float]]

    def median(self, way: str) -> float:
        return median(self.turns[way])

    def ratio(self, way: str, other: str) -> float:
        """Return the median of the ratios inside each turn: what disturbs a turn disturbs both."""
        pairs = zip(self.turns[way], self.turns[other], strict=True)
        return median(one / two for one, two in pairs)


def measure(ways: Mapping[str, Way], effort: Effort, *, wall: bool = False) -> Times:
    """Measure all ways in turns, A B C A B C …: CPU time, or with `wall` time that passed.

    Garbage is collected before each turn, and as ever during it; what was there before the
    measuring is left out of that, as in a server that has started.
    """
    with asyncio.Runner() as runner:
        return runner.run(_measure(ways, effort, wall=wall))


async def _measure(ways: Mapping[str, Way], effort: Effort, *, wall: bool) -> Times:
    clock = perf_counter if wall else process_time
    counts = {name: await _warm_up(way, effort, wall=wall) for name, way in ways.items()}
    turns: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.freeze()
    try:
        for _ in range(effort.turns):
            for name, way in ways.items():
                gc.collect()
                began = clock()
                for _ in range(counts[name]):
                    await way()
                turns[name].append((clock() - began) * 1000 / counts[name])
    finally:
        gc.unfreeze()
    return Times(turns)


async def _warm_up(way: Way, effort: Effort, *, wall: bool) -> int:
    """Run until caches are warm; return how many runs take as long as a turn is to."""
    await way()
    if wall:
        return 1
    count, began = 0, process_time()
    while process_time() - began < effort.turn / 4:
        await way()
        count += 1
    return min(max(4 * count, 1), LONGEST_ROUND)
