"""The ways to run a shape: asyncio, LangGraph by hand, and Amrikyy's three."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.types import StreamMode

from bench.agents import FakeChat, Work, catalog
from bench.shapes import Kind, Shape, bare, by_hand
from graphs.catalog import compile_workflow
from graphs.coordinator import Coordinator
from nodes.events import Chunk, Complete

Way = Callable[..., Awaitable[None]]
"""Runs a shape, or so many at once; raises `WrongResultError` unless it did all there was to do."""

ASYNCIO: Final = "asyncio"
GRAPH: Final = "LangGraph"
GRAPH_STREAM: Final = "LangGraph, astream"
COMPILED: Final = "Amrikyy, compiled"
EXECUTE: Final = "Amrikyy, execute"
STREAM: Final = "Amrikyy, stream"


class WrongResultError(Exception):
    """A way did not do the work; what it costs says nothing."""


class Ways:
    """All ways to run one shape with one kind of agent.

    Only those that stream are there for a shape that is about streaming.
    """

    def __init__(self, shape: Shape, kind: Kind = "function") -> None:
        """Build everything once."""
        self._shape, self._kind = shape, kind
        self._work = Work(delay=shape.delay, pieces=shape.pieces)
        chat = FakeChat(work=self._work) if kind == "model" else None
        known = catalog(self._work, chat)
        self._plain = bare(self._work, chat)
        self._graph = shape.graph(by_hand(self._work, chat)).compile()
        self._compiled = compile_workflow(shape.spec, known)
        self._coordinator = Coordinator(known)
        self._coordinator.define_workflow("shape", shape.spec)

    def keep_in(self, saver: BaseCheckpointSaver[Any] | None) -> None:
        """Keep the checkpoints of the runs to come in `saver`."""
        self._graph = self._graph.copy({"checkpointer": saver})
        self._compiled = self._compiled.copy({"checkpointer": saver})

    def by_name(self) -> dict[str, Way]:
        streaming: dict[str, Callable[[], Awaitable[Any]]] = {
            ASYNCIO: partial(self._shape.plain, self._plain),
            GRAPH_STREAM: self._graph_stream,
            STREAM: self._stream,
        }
        others = {GRAPH: self.graph, COMPILED: self.compiled, EXECUTE: self._execute}
        runs = streaming if self._shape.pieces else streaming | others
        return {name: partial(self.checked, name, run) for name, run in runs.items()}

    async def checked(self, name: str, run: Callable[[], Awaitable[Any]], at_once: int = 1) -> None:
        """Run, and see that the work was done."""
        shape, before = self._shape, self._work.calls
        if at_once == 1:
            finals = [await run()]
        else:
            finals = await asyncio.gather(*(run() for _ in range(at_once)))
        calls = self._work.calls - before
        if finals != [shape.final] * at_once or calls != shape.calls * at_once:
            raise WrongResultError(
                f"{shape.name} by {name}: {calls} agent calls of {shape.calls * at_once}, "
                f"and {str(finals)[:80]} instead of {str(shape.final)[:80]!r}."
            )

    async def graph(self, config: Any = None, **options: Any) -> Any:
        return _final(await self._graph.ainvoke({"value": "0"}, config, **options))

    async def compiled(self, config: Any = None, **options: Any) -> Any:
        result = await self._compiled.ainvoke({"input": "0"}, config, **options)
        return result["finalResult"]

    async def _graph_stream(self) -> Any:
        final, said = None, 0
        tokens: StreamMode = "messages" if self._kind == "model" else "custom"
        async for part in self._graph.astream(
            {"value": "0"}, stream_mode=["updates", tokens], version="v2"
        ):
            if part["type"] == "updates":
                (update,) = part["data"].values()
                final = _final(update)
            elif part["type"] == "custom" or (
                part["type"] == "messages" and part["data"][0].content
            ):
                said += 1
        return self._told(final, said)

    async def _execute(self) -> Any:
        return (await self._coordinator.execute_workflow("shape", "0")).final_result

    async def _stream(self) -> Any:
        final, said = None, 0
        async for event in self._coordinator.stream("shape", "0"):
            if isinstance(event, Chunk):
                said += 1
            elif isinstance(event, Complete):
                final = event.result["finalResult"]
        return self._told(final, said)

    def _told(self, final: Any, said: int) -> Any:
        if self._shape.pieces and said != self._shape.pieces:
            name, pieces = self._shape.name, self._shape.pieces
            raise WrongResultError(f"{name}: {said} pieces of {pieces} arrived.")
        return final


def _final(state: Any) -> Any:
    """Return what a hand-written graph made, of its state or its last update."""
    return state["final"] if "final" in state else state.get("value")
