"""`Group`: the members of one fan-out, which share slots and a deadline and may end each other."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from langgraph.runtime import Runtime

from nodes.errors import NodeCancelledError
from nodes.state import NodeResult

_CANCELLED: Final = NodeCancelledError.code


@dataclass(frozen=True, slots=True)
class Terms:
    """What the members of a fan-out have agreed on."""

    wanted: int | None = None  # go on at so many successes, and cancel the rest
    max_concurrency: int | None = None
    deadline: float | None = None  # s
    fails_fast: bool = False  # cancel the rest at the first failure

    @property
    def are_none(self) -> bool:
        return self == Terms()


class Group:
    """One fan-out under way."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._over: str | None = None  # why no member may go on
        self._successes = 0
        self._limits: set[asyncio.Timeout] = set()
        self._slots = asyncio.Semaphore(terms.max_concurrency) if terms.max_concurrency else None
        loop = asyncio.get_running_loop()
        self._until = None if terms.deadline is None else loop.time() + terms.deadline

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a slot and work inside; raises `NodeCancelledError` once the group is over."""
        if self._over is not None:
            raise NodeCancelledError(self._over)
        try:
            async with AsyncExitStack() as stack:
                limit = await stack.enter_async_context(asyncio.timeout_at(self._until))
                self._limits.add(limit)
                stack.callback(self._limits.discard, limit)
                if self._slots is not None:
                    await stack.enter_async_context(self._slots)
                yield
        except TimeoutError as error:
            if not limit.expired():  # somebody else's, such as a database's
                raise
            raise NodeCancelledError(self._why_over()) from error

    def _why_over(self) -> str:
        return self._over or f"Cancelled: the deadline of {self._terms.deadline:g} s passed."

    def count(self, result: NodeResult) -> None:
        """Take note of a member's end, and end the others where the terms say so."""
        if result.get("skipped"):
            return
        if result["success"]:
            self._successes += 1
            if self._successes == self._terms.wanted:
                self._end("Cancelled: enough others had succeeded.")
        elif self._terms.fails_fast and result.get("code", _CANCELLED) != _CANCELLED:
            self._end("Cancelled: another task failed, and `onError` is `fail`.")

    def _end(self, why: str) -> None:
        if self._over is None:
            self._over = why
            now = asyncio.get_running_loop().time()
            for limit in self._limits:
                if not limit.expired():
                    limit.reschedule(now)


class Groups:
    """The fan-outs of one strategy that are under way, in whatever runs."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        # A run's stream writer lives as long as the run does, and no longer.
        self._by_run: WeakKeyDictionary[Callable[..., None], dict[str, Group]] = WeakKeyDictionary()

    def of(self, runtime: Runtime[Any]) -> Group | None:
        """Return the group of the node that runs: all nodes of one superstep share it."""
        info = runtime.execution_info
        if self._terms.are_none or info is None:
            return None
        groups = self._by_run.setdefault(runtime.stream_writer, {})
        return groups.setdefault(info.checkpoint_id, Group(self._terms))
