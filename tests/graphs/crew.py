"""`Crew`: the agents of the tests, which tell what they were asked and how they were stopped."""

import asyncio
from typing import Any

from nodes.python_call import CallContext


class Crew:
    """Each method is an agent; `calls` and `cancelled` have the names of who was called."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any]] = []
        self.contexts: list[CallContext] = []
        self.cancelled: list[str] = []
        self.working = self.most_working = 0

    async def echo(self, value: Any, context: CallContext) -> Any:
        """Give back what it is given."""
        self.contexts.append(context)
        self.calls.append((context.path, value))
        return value

    async def add(self, value: Any) -> Any:
        """Add an exclamation mark."""
        return f"{value}!"

    async def boom(self, value: Any, context: CallContext) -> Any:
        """Fail, always."""
        self.contexts.append(context)
        self.calls.append((context.path, value))
        raise ValueError("boom")

    async def third(self, value: Any, context: CallContext) -> Any:
        """Fail, but for the third attempt."""
        self.contexts.append(context)
        if context.attempt % 3:
            raise ValueError(f"attempt {context.attempt}")
        return value

    async def slow(self, value: Any, context: CallContext) -> Any:
        """Take a minute."""
        return await self._wait(60, value, context)

    async def endless(self, value: Any, context: CallContext) -> Any:
        """Take longer than anybody waits."""
        return await self._wait(80_000, value, context)

    async def quick(self, value: Any, context: CallContext) -> Any:
        """Take a second."""
        return await self._wait(1, value, context)

    async def spoil(self, value: Any) -> Any:
        """Change what it is given."""
        value["list"].append("spoiled")
        value["new"] = True
        return value

    async def _wait(self, seconds: float, value: Any, context: CallContext) -> Any:
        self.calls.append((context.path, value))
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled.append(context.path)
            raise
        finally:
            self.working -= 1
        return value

    @property
    def agents(self) -> dict[str, Any]:
        names = ("echo", "add", "boom", "third", "slow", "endless", "quick", "spoil")
        return {name: getattr(self, name) for name in names}
