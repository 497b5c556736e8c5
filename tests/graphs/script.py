"""An agent whose methods do what a script says: how long, which failures, which output."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from zlib import crc32

from nodes.errors import (
    BudgetExceededError,
    InvalidOutputError,
    InvalidValueError,
    NodeError,
    RejectedError,
)
from nodes.python_call import CallContext

METHODS = 32

FAILURES: dict[str, type[Exception]] = {
    "agent_failed": ValueError,
    "invalid_input": InvalidValueError,
    "invalid_output": InvalidOutputError,
    "rejected": RejectedError,
    "budget_exceeded": BudgetExceededError,
}
RETRYABLE = frozenset({"agent_failed", "invalid_output", "timeout"})


@dataclass(frozen=True)
class Behaviour:
    """What one method does: `failures[n]` on its nth call (the last for ever, if `always`)."""

    gives: str = "echo"
    failures: tuple[str | None, ...] = ()
    always: bool = False
    chooses: tuple[tuple[Any, ...], ...] = ()

    def failure(self, call: int) -> str | None:
        if not self.failures:
            return None
        last = self.failures[-1] if self.always else None
        return self.failures[call] if call < len(self.failures) else last

    def output(self, method: str, value: Any, path: str) -> Any:  # noqa: PLR0911 - a table
        match self.gives:
            case "tag":
                return f"{method}:{crc32(json.dumps(value, sort_keys=True).encode()) % 997}"
            case "list":
                return [value, method]
            case "object":
                return {"v": value, "by": method}
            case "number":
                return crc32(json.dumps(value, sort_keys=True).encode()) % 9
            case "null":
                return None
            case "choose":
                number = int(path.rpartition("[")[2].rstrip("]"))
                return [*self.chooses[number]] if number < len(self.chooses) else []
            case _:
                return value


@dataclass
class Script:
    """The behaviours of all methods, and what of them has been asked already."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    seed: int = 0
    calls: Counter[tuple[str, str]] = field(default_factory=Counter)

    def begin(self, seed: int) -> None:
        self.seed = seed
        self.calls.clear()

    async def call(self, method: str, value: Any, path: str) -> Any:
        """Do what `method` does; no two calls take equally long, so that times never tie."""
        behaviour, number = self.behaviours[method], self.calls[method, path]
        self.calls[method, path] += 1
        await asyncio.sleep(0.01 + Random(f"{self.seed} {method} {path} {number}").random())  # noqa: S311
        code = behaviour.failure(number)
        if code is not None:
            raise FAILURES[code](f"{method} fails")
        return behaviour.output(method, value, path)


class ScriptedAgent:
    """`m0` … `m31`: methods as a Python agent has them, each doing what the script says."""

    def __init__(self, script: Script) -> None:
        for number in range(METHODS):
            setattr(self, f"m{number}", self._method(script, f"m{number}"))

    def _method(self, script: Script, name: str) -> Any:
        async def method(value: Any, context: CallContext) -> Any:
            return await script.call(name, value, context.path)

        return method


def code_of(error: Exception) -> str:
    return error.code if isinstance(error, NodeError) else "agent_failed"
