"""`python -m bench`: measure, print one table, and write it to `bench/results.md`."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench import growth, imports, memory, report, retries
from bench.measure import SHORT, Effort, measure
from bench.shapes import Kind, Shape, chain, fan_out, hierarchy, stream
from bench.ways import ASYNCIO, COMPILED, EXECUTE, GRAPH, STREAM, Ways

RESULTS: Final = Path(__file__).with_name("results.md")
KINDS: Final[tuple[Kind, ...]] = ("function", "model")


@dataclass
class Report:
    """What was measured so far."""

    quick: bool
    rows: list[list[str]] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    def shape(self, *shapes: Shape) -> None:
        effort = SHORT if self.quick else Effort()
        for shape in shapes:
            for kind in KINDS:
                times = measure(Ways(shape, kind).by_name(), effort, wall=bool(shape.delay))
                unit = "ms" if shape.delay else "CPU ms"
                self.rows.append(report.times_row(shape.name, kind, unit, times))

    def memory(self) -> None:
        runs = 20 if self.quick else 1000
        ways = (GRAPH, COMPILED) if self.quick else (ASYNCIO, GRAPH, COMPILED, EXECUTE, STREAM)
        peaks = {way: report.number(memory.peak(way, runs)) for way in ways}
        name = f"peak of {runs:,} runs at once, each {memory.STEPS} × {memory.DELAY * 1000:.0f} ms"
        cells = [peaks.get(way, "") for way in (ASYNCIO, GRAPH, COMPILED, EXECUTE)]
        self.rows.append([name, "function", "KiB a run", *cells, "", peaks.get(STREAM, "")])

    def imports(self) -> None:
        times = imports.import_times(1 if self.quick else 7)
        cells = [report.number(each) for each in times.values()]
        cells[1:] = [f"+ {each}" for each in cells[1:]]
        self.rows.append(["import", "", "CPU ms", "", *cells, "", ""])

    def retries(self) -> None:
        for key, term in (("waitFor", "any"), ("deadline", 0.1)):
            native, ours = asyncio.run(retries.waits(**{key: term}))
            what = f"a join's wait for a branch that pauses for 1 s (`{key}: {term}`)"
            cells = ["", report.number(native), report.number(ours)]
            self.rows.append([what, "function", "ms", *cells, "", "", ""])

    def growth(self) -> None:
        shapes = growth.SMALL if self.quick else growth.SHAPES
        grown = growth.growth(shapes, 1 if self.quick else 3)
        for size, title in ((False, "CPU milliseconds a node"), (True, "Checkpoint bytes a node")):
            rows = report.growth_rows(grown, size=size)
            text = report.table(report.growth_head(size=size), rows)
            self.parts.append(f"{title}, by hand · ours:\n\n{text}")

    def text(self) -> str:
        parts = [f"Measured by `make bench` on {report.machine()}"]
        if self.rows:
            parts.append(report.table(report.HEAD, self.rows))
        return "\n\n".join([*parts, *self.parts]) + "\n"


SCENARIOS: Final[dict[str, Callable[[Report], None]]] = {
    "chain": lambda r: r.shape(chain(10)),
    "fan-out": lambda r: r.shape(fan_out(10), fan_out(100)),
    "hierarchy": lambda r: r.shape(hierarchy(5)),
    "stream": lambda r: r.shape(stream(1000)),
    "wait": lambda r: r.shape(fan_out(100, 0.05)),
    "retries": Report.retries,
    "memory": Report.memory,
    "imports": Report.imports,
    "growth": Report.growth,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("scenarios", nargs="*", help=f"of {', '.join(SCENARIOS)}; by default all")
    parser.add_argument("--quick", action="store_true", help="see that all works; measure nothing")
    asked = parser.parse_args()
    names = asked.scenarios or list(SCENARIOS)
    if unknown := [name for name in names if name not in SCENARIOS]:
        parser.error(f"There is no {unknown[0]!r}. There are: {', '.join(SCENARIOS)}.")
    made = Report(quick=asked.quick)
    for name in names:
        print(f"{name} …", file=sys.stderr)
        SCENARIOS[name](made)
    text = made.text()
    print(text)
    if not asked.quick and not asked.scenarios:
        RESULTS.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
