"""`VirtualTimeLoop`: an event loop on which waiting takes no time, and takes as long as it says."""

import asyncio
from selectors import DefaultSelector, SelectorKey


class _Clock(DefaultSelector):
    """A selector that moves its clock on instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is not None and timeout > 0:
            self.now += timeout
            timeout = 0
        return super().select(timeout)


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """A loop whose `time()` moves on only when nothing else is left to do.

    Only for what runs on the loop alone: it does not wait for threads before it moves on.
    """

    def __init__(self) -> None:
        self._clock = _Clock()
        super().__init__(self._clock)

    def time(self) -> float:
        return self._clock.now
