"""`Place`: where in a run a node is working, and what it may say and use there."""

from collections.abc import Callable
from typing import Any

from nodes.errors import NodeError
from nodes.events import Chunk, Event, NodeCompleted, NodeFailed, NodeStarted, Notice
from nodes.state import Context, Emit
from nodes.usage import Budget, Meter


def to_nobody(event: Event | Notice) -> None:
    """Take an event that nobody hears; as a place's `emit`, it saves making most of them."""


class Place:
    """A node's place in a run, for one attempt after the other.

    `path` is the place in the definition (`steps[2].tasks[0]`, with the item or round in brackets
    where a node runs many times); `attempt` counts from 1.
    """

    __slots__ = (
        "agent",
        "attempt",
        "context",
        "emit",
        "finish",
        "meter",
        "method",
        "name",
        "path",
    )

    def __init__(
        self, *, path: str, name: str, context: Context, emit: Emit, finish: Callable[[Any], Any]
    ) -> None:
        self.path, self.name, self.context, self.emit = path, name, context, emit
        self.finish = finish  # the node's `transform`
        self.agent: str | None = None
        self.method: str | None = None
        self.attempt = context.attempts.get(path, 0)
        self.meter = Meter()

    @property
    def run_id(self) -> str:
        return self.context.run_id

    @property
    def is_heard(self) -> bool:
        return self.emit is not to_nobody

    @property
    def budget(self) -> Budget:
        return self.context.budget

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this node in this run, and for no other."""
        return f"{self.context.run_id}:{self.path}"

    def say(self, text: str) -> None:
        """Stream a piece of text, as part of this attempt."""
        if text and self.is_heard:
            self.emit(
                Chunk(
                    chunk=text,
                    index=next(self.context.chunk_numbers),
                    node=self.name,
                    path=self.path,
                    agent=self.agent,
                    attempt=self.attempt,
                )
            )

    async def room(self) -> None:
        """Wait while whoever listens is far behind; for who says much without a pause."""
        if self.context.room is not None:
            await self.context.room()

    def tell_start(self) -> None:
        """Tell that an attempt begins."""
        if self.is_heard:
            self.emit(
                NodeStarted(
                    node=self.name,
                    path=self.path,
                    agent=self.agent,
                    method=self.method,
                    attempt=self.attempt,
                )
            )

    def tell_end(self, output: Any, seconds: float, *, skipped: bool | None = None) -> None:
        """Tell that the node has its output, `seconds` after the attempt began."""
        if self.is_heard:
            self.emit(
                NodeCompleted(
                    node=self.name,
                    path=self.path,
                    agent=self.agent,
                    method=self.method,
                    attempt=self.attempt,
                    output=output,
                    duration=round(seconds * 1000),
                    usage=self.meter.usage,
                    cost=self.meter.cost,
                    skipped=skipped,
                )
            )

    def tell_failure(self, error: NodeError, *, will_retry: bool = False) -> None:
        """Tell that the attempt failed, and whether another, or a fallback, follows."""
        if self.is_heard:
            self.emit(
                NodeFailed(
                    node=self.name,
                    path=self.path,
                    agent=self.agent,
                    method=self.method,
                    attempt=self.attempt,
                    error=str(error),
                    code=error.code,
                    will_retry=will_retry,
                )
            )
