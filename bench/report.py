"""The table: what was measured, in Markdown."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from bench.growth import KEPT, Growth
from bench.measure import Times
from bench.ways import ASYNCIO, COMPILED, EXECUTE, GRAPH, GRAPH_STREAM, STREAM

PACKAGES: Final = ("langgraph", "langchain-core", "pydantic")
HEAD: Final = (
    "what", "agents", "unit", "asyncio", "LangGraph by hand", "Amrikyy, compiled",
    "Amrikyy, `execute`", "LangGraph by hand, streamed", "Amrikyy, `stream`",
)  # fmt: skip
BESIDE: Final = {COMPILED: GRAPH, EXECUTE: GRAPH, STREAM: GRAPH_STREAM}
"""What each of ours is compared with."""


def machine() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return (
        f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}), "
        f"Python {platform.python_version()}, {packages}."
    )


def times_row(name: str, kind: str, unit: str, times: Times) -> list[str]:
    """Return a row of milliseconds; in brackets ours as a multiple of LangGraph by hand."""
    cells = []
    for way in (ASYNCIO, GRAPH, COMPILED, EXECUTE, GRAPH_STREAM, STREAM):
        if way not in times.turns:
            cells.append("")
        elif way in BESIDE and BESIDE[way] in times.turns:
            cells.append(f"{number(times.median(way))} (×{times.ratio(way, BESIDE[way]):.2f})")
        else:
            cells.append(number(times.median(way)))
    return [name, kind, unit, *cells]


def growth_rows(grown: Sequence[Growth], *, size: bool) -> list[list[str]]:
    """Return a row a shape; each cell has LangGraph by hand, then ours."""
    rows = []
    for one in grown:
        values = one.size if size else one.milliseconds
        kept = [each for each in KEPT if not size or each[0] != "nowhere"]
        cells = [f"{number(values[k][GRAPH])} · {number(values[k][COMPILED])}" for k in kept]
        rows.append([one.shape, *cells])
    return rows


def growth_head(*, size: bool) -> list[str]:
    kept = [f"{where}, {durability}" for where, durability in KEPT if where != "nowhere"]
    return ["shape", *([] if size else ["no checkpoints"]), *kept]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def number(value: float) -> str:
    """Write three figures, and no more than whole ones from 100 up."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"  # noqa: PLR2004
