"""`AgentCall`: the node that calls an agent's method, with its retry, time limit and fallback."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Any, ClassVar, Literal

from pydantic import Field
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from nodes.agent import Method, MethodFunction
from nodes.errors import BudgetExceededError, NodeCancelledError, NodeError, NodeTimeoutError
from nodes.guard import guard
from nodes.node import BaseNode, Body, Names
from nodes.place import Place
from nodes.retry import Retry
from nodes.state import NodeResult


class AgentCall(BaseNode):
    """Call a method of an agent."""

    kind: ClassVar[str] = "agent"
    keeps_time: ClassVar[bool] = True

    agent: str = Field(min_length=1, max_length=200)
    """The agent's name."""
    method: str = Field(default="run", min_length=1, max_length=200)
    """What it is to do: one of its methods."""
    retry: Retry | None = None
    """Try again after a failure; without it a failure counts at once."""
    fallback: "AgentCall | None" = None
    """Called with the same input once all attempts have failed."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the node fails, what it was given goes on in place of its output."""

    @property
    def title(self) -> str:
        return self.agent

    @property
    def identity(self) -> NodeResult:
        return NodeResult(agent=self.agent, method=self.method)

    def build(self, names: Names) -> Body:
        return self.build_with(lambda method: method.call, names)

    def build_with(self, adapt: Callable[[Method], MethodFunction], names: Names) -> Body:
        """Build the node, and its fallbacks, to call what `adapt` makes of their methods.

        A master that has to choose is asked otherwise than an agent that answers.
        """
        fallback = self.fallback.build_with(adapt, names) if self.fallback else None
        attempt = self._attempts(adapt(names.agent(self.agent).methods[self.method]))

        async def call(value: Any, place: Place) -> NodeResult:
            place.agent, place.method = self.agent, self.method
            try:
                output = await attempt(value, place)
            except NodeError as error:
                # What the budget does not allow, no other agent may spend.
                falls_back = fallback is not None and not isinstance(error, BudgetExceededError)
                place.tell_failure(error, will_retry=falls_back)
                if fallback is None or not falls_back:
                    raise
                return await fallback(value, place)
            except asyncio.CancelledError:  # also one that met it between two attempts
                place.tell_failure(NodeCancelledError("The node was cancelled."))
                raise
            return NodeResult(agent=self.agent, method=self.method, output=output)

        return call

    def _attempts(self, method: MethodFunction) -> Callable[[Any, Place], Awaitable[Any]]:
        """Return what makes the attempts that `retry` allows, and raises the last one's error."""
        retry = self.retry
        if retry is None:
            return partial(self._attempt, method)

        async def several(value: Any, place: Place) -> Any:
            def tell(state: RetryCallState) -> None:
                error = state.outcome.exception() if state.outcome else None
                if isinstance(error, NodeError):
                    place.tell_failure(error, will_retry=True)

            retrying = AsyncRetrying(
                stop=retry.stop,
                wait=retry.wait,
                retry=retry_if_exception(retry.covers),
                before_sleep=tell,
                reraise=True,
            )
            return await retrying(self._attempt, method, value, place)

        return several

    async def _attempt(self, method: MethodFunction, value: Any, place: Place) -> Any:
        """Make one attempt; whatever fails in it is raised as a `NodeError`."""
        place.attempt += 1
        began = perf_counter()
        place.tell_start()
        if place.context.slots is None:
            output = place.finish(await self._call(method, value, place))
        else:
            async with place.context.slots:
                output = place.finish(await self._call(method, value, place))
        place.tell_end(output, perf_counter() - began)
        return output

    async def _call(self, method: MethodFunction, value: Any, place: Place) -> Any:
        if self.timeout is None:
            with guard(f"{self.agent}.{self.method}", passes_signals=False):
                return await method(value, place)
        try:
            async with asyncio.timeout(self.timeout):
                with guard(f"{self.agent}.{self.method}", passes_signals=False):
                    return await method(value, place)
        except TimeoutError as error:  # an agent's own is an `AgentError` by now
            raise NodeTimeoutError(place.name, self.timeout) from error
