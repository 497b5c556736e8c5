"""`Member`: a node where it stands in a strategy, and the guard that turns failure into result."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from langgraph.runtime import Runtime

from graphs.group import Group
from nodes.errors import NodeError, NodeTimeoutError
from nodes.events import now
from nodes.expression import Scope
from nodes.node import BaseNode, Body
from nodes.place import Place, to_nobody
from nodes.state import Context, Emit, Key, NodeResult
from nodes.usage import NO_USAGE, UNLIMITED

ENDS_RUN = frozenset({"budget_exceeded", "rejected"})
"""Codes of failures that no strategy goes on after, whatever its policy."""


@dataclass(frozen=True, slots=True)
class Member:
    """One node of a strategy: its key in `done`, its place there (`steps[2]`), what it does."""

    key: Key
    place: str
    node: BaseNode
    body: Body
    sees: frozenset[str]  # the names of a scope that the node's expressions ask for

    @property
    def graph(self) -> Any:
        """The graph that the node runs, where it is a strategy."""
        return getattr(self.body, "graph", None)

    @property
    def about(self) -> dict[str, Any]:
        """What LangGraph's drawings and streams say of the node."""
        return {"label": self.node.label, **self.node.identity}

    async def visit(
        self,
        incoming: Any,
        scope: Scope,
        path: str,
        runtime: Runtime[Any],
        group: Group | None = None,
    ) -> NodeResult:
        """Run the node once at `path`; whatever fails in it is in what is returned.

        Only cancellation and interrupts are raised, so siblings finish and joins fire.
        """
        node, began, clock = self.node, now(), perf_counter()
        context = context_of(runtime)
        place = Place(
            path=path,
            name=node.label,
            context=context,
            emit=emit_of(runtime, context),
            finish=self._finish(scope),
        )
        value = incoming
        try:
            if node.when is not None and not node.when(scope):
                identity = node.identity
                place.agent, place.method = identity.get("agent"), identity.get("method")
                place.tell_end(incoming, 0, skipped=True)
                result = node.identity | NodeResult(
                    input=incoming, output=incoming, success=True, skipped=True
                )
            else:
                value = node.pick_input(incoming, scope)
                if group is None:
                    result = await self._in_time(value, place)
                else:
                    async with group.turn():
                        result = await self._in_time(value, place)
                result["input"] = value
                result.setdefault("success", True)
        except NodeError as error:
            result = node.identity | NodeResult(
                input=value, error=str(error), code=error.code, success=False
            )
        if node.name is not None:
            result["name"] = node.name
        if "usage" not in result:
            result["usage"], result["cost"] = place.meter.usage, place.meter.cost
        result["duration"] = round((perf_counter() - clock) * 1000)
        result["startedAt"] = began
        if group is not None:
            group.count(result)
        return result

    def _finish(self, scope: Scope) -> Callable[[Any], Any]:
        transform = self.node.transform
        if transform is None:
            return _unchanged
        return lambda output: transform({**scope, "result": output})

    async def _in_time(self, value: Any, place: Place) -> NodeResult:
        if self.node.timeout is None or self.node.keeps_time:
            return await self.body(value, place)
        try:
            async with asyncio.timeout(self.node.timeout) as limit:
                return await self.body(value, place)
        except TimeoutError as error:
            if not limit.expired():  # somebody else's, such as a database's
                raise
            raise NodeTimeoutError(place.name, self.node.timeout) from error


def _unchanged(output: Any) -> Any:
    return output


def context_of(runtime: Runtime[Any]) -> Context:
    """Return what the run gave its nodes; a graph run by itself has no more than its thread."""
    if isinstance(runtime.context, Context):
        return runtime.context
    info = runtime.execution_info
    return Context(run_id=(info and (info.thread_id or info.run_id)) or "", budget=UNLIMITED)


def emit_of(runtime: Runtime[Any], context: Context | None = None) -> Emit:
    """Return what takes events: the run, or the stream of a graph that runs by itself."""
    emit = (context or context_of(runtime)).emit
    if emit is not None:
        return emit
    writer = runtime.stream_writer
    # What LangGraph hands nodes while nobody streams is a function that closes over nothing.
    return to_nobody if getattr(writer, "__closure__", writer) is None else writer


def join_path(prefix: str | None, place: str) -> str:
    """Return a place inside the strategy at `prefix`: `steps[1]`, `tasks[0]` → one path."""
    return f"{prefix}.{place}" if prefix else place


def failed(result: NodeResult) -> bool:
    """Say whether a member has no output to go on with (partial failures of a fan-out have)."""
    return "error" in result


def ends_run(results: Iterable[NodeResult]) -> NodeResult | None:
    """Return the first failure after which no strategy goes on."""
    return next((result for result in results if result.get("code") in ENDS_RUN), None)


def shown(result: NodeResult) -> dict[str, Any]:
    """Return a result as it stands in the contract's result objects."""
    return {key: result[key] for key in _SHOWN if key in result}  # type: ignore[literal-required]


_SHOWN = tuple(key for key in NodeResult.__annotations__ if key not in {"startedAt", "chosen"})


def entry(result: NodeResult, numbered: str, number: int) -> dict[str, Any]:
    """Return a result as it stands in a list of results, numbered from 1."""
    return {numbered: number, **shown(result)}


def made(output: Any) -> NodeResult:
    """Return the result of a node that needed nobody to make its `output`."""
    return NodeResult(
        output=output, duration=0, success=True, usage=NO_USAGE, cost=0.0, startedAt=now()
    )
