"""How cost grows: CPU time and checkpoint bytes a node, for longer, wider and deeper workflows."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any, Final, Literal

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from bench.shapes import Shape, chain, fan_out, nest
from bench.ways import COMPILED, GRAPH, Ways

Where = Literal["nowhere", "memory", "SQLite"]
Durability = Literal["async", "sync"]

KEPT: Final[Sequence[tuple[Where, Durability]]] = (
    ("nowhere", "async"),
    ("memory", "async"),
    ("memory", "sync"),
    ("SQLite", "async"),
    ("SQLite", "sync"),
)
SHAPES: Final = (
    *map(chain, (10, 100, 1000)),
    *map(fan_out, (10, 100, 1000)),
    *map(nest, (1, 8, 31)),  # with the agent call 32 levels, the most there may be
)
SMALL: Final = (chain(10), nest(2))
MANY: Final = 100  # nodes; a run of more is long enough to be measured alone
RECURSION_LIMIT: Final = 2000


@dataclass(frozen=True, slots=True)
class Growth:
    """What one shape costs, by who wrote it: CPU ms and checkpoint bytes, a node of it."""

    shape: str
    milliseconds: dict[tuple[Where, Durability], dict[str, float]]
    size: dict[tuple[Where, Durability], dict[str, float]]


def growth(shapes: Sequence[Shape], turns: int) -> list[Growth]:
    return [asyncio.run(_growth(shape, turns)) for shape in shapes]


async def _growth(shape: Shape, turns: int) -> Growth:
    milliseconds, size = {}, {}
    for where, durability in KEPT:
        runs = 1 if shape.nodes >= MANY else 5
        times: dict[str, list[float]] = {GRAPH: [], COMPILED: []}
        sizes: dict[str, float] = {}
        async with _bench(shape, where) as bench:
            for turn in range(turns + 1):
                for name, turns_of in times.items():
                    spent, written = await bench(name, durability, runs)
                    if turn:  # the first one warms up
                        turns_of.append(spent * 1000 / runs / shape.nodes)
                        sizes[name] = written / runs / shape.nodes
        milliseconds[where, durability] = {name: median(each) for name, each in times.items()}
        size[where, durability] = sizes
    return Growth(shape.name, milliseconds, size)


@asynccontextmanager
async def _bench(shape: Shape, where: Where) -> AsyncIterator[Callable[..., Any]]:
    """Give what runs `shape` so often, and returns CPU seconds and the bytes that were kept."""
    threads, ways = count(), Ways(shape)
    with TemporaryDirectory() as folder:
        files = count()

        async def run(name: str, durability: Durability, runs: int) -> tuple[float, int]:
            path = Path(folder) / f"{next(files)}.sqlite"
            async with _saver(where, path) as saver:
                ways.keep_in(saver)
                way = ways.graph if name == GRAPH else ways.compiled
                options = {} if saver is None else {"durability": durability}

                async def once() -> Any:
                    thread = {"thread_id": str(next(threads))}
                    config = {"configurable": thread, "recursion_limit": RECURSION_LIMIT}
                    return await way(config, **options)

                began = process_time()
                for _ in range(runs):
                    await ways.checked(name, once)
                spent = process_time() - began
            return spent, _size(saver, path)

        yield run


@asynccontextmanager
async def _saver(where: Where, path: Path) -> AsyncIterator[Any]:
    if where == "SQLite":
        async with AsyncSqliteSaver.from_conn_string(os.fspath(path)) as saver:
            await saver.setup()
            yield saver
    else:
        yield InMemorySaver() if where == "memory" else None


def _size(saver: Any, path: Path) -> int:
    if isinstance(saver, InMemorySaver):
        return _bytes(dict(saver.storage)) + _bytes(saver.writes) + _bytes(saver.blobs)
    return path.stat().st_size if path.exists() else 0


def _bytes(value: Any) -> int:
    """Count the serialized bytes in what a saver holds."""
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, dict):
        return sum(map(_bytes, value.values()))
    return sum(map(_bytes, value)) if isinstance(value, (list, tuple)) else 0
