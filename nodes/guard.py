"""`guard`: the border where code that is not ours ends, and its failures become ours."""

import asyncio
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from langgraph.errors import GraphBubbleUp, GraphInterrupt

from nodes.errors import AgentError, NodeError


@dataclass(frozen=True, slots=True)
class guard:  # noqa: N801  used as `with guard(…)`
    """Raise what fails inside as an `AgentError` that names `whose` code it was.

    Our own cancellation passes through, as do failures that are ours already. All else stops
    here, also `sys.exit()`: a sibling then finishes and a join fires, whatever an agent does.
    """

    whose: str
    passes_signals: bool = True
    """LangGraph's signals pass: what is around this decides, as an agent around its tools."""

    def __enter__(self) -> None:
        pass

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.passes_signals and isinstance(error, GraphBubbleUp):
            return
        if error is not None and not _is_ours(error):
            raise AgentError(f"{self.whose} {_told(error)}") from error


def _is_ours(error: BaseException) -> bool:
    task = _task()
    if isinstance(error, asyncio.CancelledError):  # of this task, or of one the agent waited for?
        return task is not None and task.cancelling() > 0
    if isinstance(error, GeneratorExit):  # Python closes a coroutine that no task runs any more
        return task is None
    return isinstance(error, NodeError)


def _told(error: BaseException) -> str:
    if isinstance(error, asyncio.CancelledError):
        return "was cancelled from inside: something it waited for was cancelled."
    if isinstance(error, GraphInterrupt):
        return "called interrupt(). Only an `approval` node may ask a person: put one before it."
    return f"raised {type(error).__name__}: {error}"


def _task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop runs in this thread
        return None
