"""`Signals`: the first SIGINT or SIGTERM cancels a run, a second one quits at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

SHOW_CURSOR: Final = "\x1b[?25h"


class Signals:
    """What was received, and what it is to cancel."""

    def __init__(self) -> None:
        self.number: int | None = None
        self._running: tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]] | None = None

    @property
    def status(self) -> int:
        """The exit status that tells of the signal, as shells have it."""
        return 128 + (self.number or 0)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Hear signals inside; outside, as at a prompt, they do what they always do."""
        # Python's own handlers, not the loop's: they are called even while the loop is blocked.
        before = {
            number: signal.signal(number, self._receive)
            for number in (signal.SIGINT, signal.SIGTERM)
        }
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    @contextmanager
    def cancelling(self) -> Iterator[None]:
        """Cancel the task that runs inside."""
        task = asyncio.current_task()
        if task is not None:
            self._running = asyncio.get_running_loop(), task
        try:
            if self.number is not None and task is not None:
                task.cancel()
            yield
        finally:
            self._running = None

    def _receive(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002  Python's
        if self.number is not None:
            self._quit(number)
        self.number = number
        if self._running is not None:
            loop, task = self._running
            loop.call_soon_threadsafe(task.cancel)

    def _quit(self, number: int) -> None:
        if sys.stderr.isatty():
            os.write(sys.stderr.fileno(), SHOW_CURSOR.encode())
        os._exit(128 + number)
