"""`Telling`: what a run says to whoever listens, its last words included."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Literal

from graphs.record import Record
from nodes.errors import is_recoverable
from nodes.events import (
    Close,
    CloseReason,
    Complete,
    Event,
    Failed,
    Interrupted,
    Notice,
    Status,
)
from nodes.state import Result

Emit = Callable[[Event | Notice], Awaitable[None]]
RunStatus = Literal["success", "failed", "cancelled", "interrupted"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended, or that it waits; `result` is the contract's, of what there is."""

    status: RunStatus
    result: Result
    reason: CloseReason
    error: str | None = None
    code: str | None = None
    interrupts: tuple[Interrupted, ...] = ()
    record: Record | None = None  # of a run that waits


class Telling:
    """Tells `emit` one event after the other, and counts in `record` what was told."""

    def __init__(self, run_id: str, emit: Emit, record: Record) -> None:
        self._run_id, self._emit, self._record = run_id, emit, record
        self._began = perf_counter()

    async def say(self, event: Event | Notice) -> None:
        """Tell `event`, and the progress it made."""
        await self._emit(event)
        progress = self._record.take(event)
        if progress is not None:
            await self.say(progress)

    async def end(self, outcome: Outcome, unsaid: Iterable[Event | Notice]) -> None:
        """Tell what is `unsaid` of the nodes, and how the run ended: its last words."""
        self._record.seconds += perf_counter() - self._began
        for event in unsaid:
            await self.say(event)
        match outcome:
            case Outcome(status="interrupted"):
                for question in outcome.interrupts:
                    await self.say(question)
                await self.say(Status(status="interrupted"))
                return
            case Outcome(error=None):
                await self._tell_result(outcome.result)
            case Outcome(status="cancelled"):
                await self.say(Status(status="cancelled"))
            case Outcome(error=error, code=code):
                recoverable = is_recoverable(code or "")
                await self.say(Failed(error=error or "", code=code or "", recoverable=recoverable))
        await self.say(
            Close(
                stream_id=self._run_id,
                reason=outcome.reason,
                duration=round(self._record.seconds, 3),
                message_count=self._record.events,
            )
        )

    async def _tell_result(self, result: Result) -> None:
        progress = self._record.progress_at_end()
        if progress is not None:
            await self.say(progress)
        final = result["finalResult"]
        await self.say(
            Complete(
                result=result,
                chunks=self._record.chunks,
                usage=result["usage"],
                cost=result["cost"],
                duration=round(self._record.seconds * 1000),
                full_text=final if isinstance(final, str) else None,
            )
        )


async def to_its_end(work: Coroutine[Any, Any, None]) -> bool:
    """Do `work` wholly, however often it is cancelled meanwhile; say whether it was."""
    task = asyncio.ensure_future(work)
    was_cancelled = False
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError:
            was_cancelled = True
    task.result()
    return was_cancelled
