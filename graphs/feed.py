"""`Feed`: the events of a run on their way to its one reader."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Final

from graphs.telling import Emit
from nodes.events import Close, Complete, Event, Failed, Notice

READ_AHEAD: Final = 256
"""Events that wait for a slow reader before the run does."""


class Feed:
    """Holds a run up while its reader is slow, and stops it when the reader leaves."""

    def __init__(self) -> None:
        self._events: asyncio.Queue[Event | None] = asyncio.Queue(READ_AHEAD)
        self._reader_left = False

    async def put(self, event: Event | Notice | None) -> None:
        """Hand an event over, and None when there are no more; nobody is left to wait for."""
        if not self._reader_left and not isinstance(event, Notice):
            await self._events.put(event)

    async def read(self, drive: Callable[[Emit], Awaitable[None]]) -> AsyncGenerator[Event, None]:
        """Yield what the run says that `drive` drives; whoever stops reading stops the run.

        A run that has told its end is left to end.
        """
        task = asyncio.create_task(self._pump(drive))
        has_ended = False
        try:
            while (event := await self._events.get()) is not None:
                has_ended = has_ended or isinstance(event, Complete | Failed | Close)
                yield event
            await task
        finally:
            self._reader_left = True
            while not self._events.empty():  # a run that waits for its reader goes on
                self._events.get_nowait()
            if not has_ended:
                task.cancel()
            await asyncio.wait([task])

    async def _pump(self, drive: Callable[[Emit], Awaitable[None]]) -> None:
        try:
            await drive(self.put)
        finally:
            await self.put(None)
