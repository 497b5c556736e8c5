"""`Call`: one question to one model: its attempts, its time limit, what it uses and costs."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from langchain_core.messages import AIMessage, BaseMessage
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    wait_exponential_jitter,
    wait_random,
)

from nodes.errors import ModelError, ModelTimeoutError, OutputLimitError, RateLimitedError
from nodes.events import ModelCalled
from nodes.models.answer import Answer
from nodes.models.prices import price_of
from nodes.models.provider import Ask, Bound, Provider
from nodes.models.tokens import prompt_tokens, text_tokens
from nodes.place import Place
from nodes.usage import LONGEST_ANSWER, NO_USAGE, Usage, add_usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ATTEMPTS: Final = 4
BACKOFF: Final = wait_exponential_jitter(initial=0.5, max=30.0, jitter=0.5)  # s
JITTER: Final = wait_random(0.0, 0.25)  # s, beside what the provider asks for

Say = Callable[[str], None]
Status = Literal["success", "failed", "cancelled"]


class Connection(NamedTuple):
    """What the calls of a model share on one event loop: its client, and places to call from."""

    chat: "BaseChatModel"
    gate: asyncio.Semaphore


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A model to ask, `provider:model`, and within which limits."""

    name: str
    provider: Provider
    connect: Callable[[], Awaitable[Connection]]
    timeout: float  # s
    max_tokens: int | None = None  # of an answer


class Call:
    """One question to one model.

    `forwarded`: a piece of text has gone to `say`, so the question must not be asked again.
    """

    def __init__(
        self,
        target: Target,
        ask: Ask,
        messages: Sequence[BaseMessage],
        place: Place,
        say: Say | None,
    ) -> None:
        self._target, self._ask, self._messages = target, ask, list(messages)
        self._place, self._say = place, say
        self._price = price_of(target.name)
        self._prompt = prompt_tokens(messages, ask)
        self._left = target.timeout  # s; waiting for the gate or the budget takes nothing of it
        self._usage, self._cost = NO_USAGE, 0.0
        self.forwarded = False

    async def answer(self) -> AIMessage:
        """Ask as often as it takes; each attempt is within the run's budget."""
        connection = await self._target.connect()
        try:
            return await self._ask_within_budget(connection)
        except ModelError as error:
            if not self._may_retry(error):
                raise
            return await self._ask_again(connection, error)

    async def _ask_within_budget(self, connection: Connection) -> AIMessage:
        budget, longest = self._place.budget, self._longest(connection.chat)
        reservation = await budget.reserve(self._prompt, self._price, longest)
        allowed = reservation.max_output
        ask = replace(self._ask, max_output=allowed or self._target.max_tokens)
        bound = self._target.provider.bind(connection.chat, ask)
        self._usage, self._cost = NO_USAGE, 0.0
        try:
            return await self._attempt(bound, connection.gate)
        except OutputLimitError as error:
            if allowed is None:
                raise
            raise budget.cut(allowed) from error
        finally:
            budget.settle(reservation, self._usage, self._cost)

    def _longest(self, chat: "BaseChatModel") -> int:
        """Tokens an answer can have, whatever the budget."""
        known = (chat.profile or {}).get("max_output_tokens") or LONGEST_ANSWER
        return min(known, self._target.max_tokens or known)

    async def _ask_again(self, connection: Connection, failed: ModelError) -> AIMessage:
        """Make the attempts after the first one, which `failed`; tenacity counts that one too."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(self._may_retry),
            wait=_pause,
            stop=self._must_stop,
            before_sleep=self._count_pause,
            reraise=True,
        )

        async def attempt() -> AIMessage:
            if retrying.statistics["attempt_number"] == 1:
                raise failed
            return await self._ask_within_budget(connection)

        return await retrying(attempt)

    def _may_retry(self, error: BaseException) -> bool:
        return isinstance(error, ModelError) and error.retryable and not self.forwarded

    def _must_stop(self, state: RetryCallState) -> bool:
        return state.attempt_number >= ATTEMPTS or state.upcoming_sleep >= self._left

    def _count_pause(self, state: RetryCallState) -> None:
        self._left -= state.upcoming_sleep

    async def _attempt(self, bound: Bound, gate: asyncio.Semaphore) -> AIMessage:
        status: Status = "failed"
        answer = Answer()
        async with gate:
            began = perf_counter()
            try:
                async with asyncio.timeout(self._left):
                    await self._listen(bound, answer)
                message = self._target.provider.finish(
                    answer.message(), self._ask, self._target.name
                )
                status = "success"
            except TimeoutError as error:
                raise ModelTimeoutError(
                    f"{self._target.name!r} did not finish within {self._target.timeout:g} s. "
                    "Ask for less at once, or give the agent `fallbackModels`."
                ) from error
            except asyncio.CancelledError:
                status = "cancelled"
                raise
            finally:
                duration = perf_counter() - began
                self._left -= duration
                self._account(answer, status, duration)
        return message

    async def _listen(self, bound: Bound, answer: Answer) -> None:
        add, say = answer.add, self._say
        try:
            async for chunk in bound.astream(self._messages):
                text = add(chunk)
                if text and say:
                    self.forwarded = True
                    say(text)
                    await self._place.room()
        except Exception as error:
            raise self._target.provider.translate(error, self._target.name) from error

    def _account(self, answer: Answer, status: Status, duration: float) -> None:
        """Count what an attempt used: for the node, for the budget, for observers."""
        usage, cost = answer.usage or NO_USAGE, None
        spent = usage
        if answer.usage is None and (status == "success" or answer.texts):
            spent = self._estimate(answer)  # the budget must hold for providers that report nothing
        elif self._price is not None:
            cost = self._price.cost(usage, answer.cached)
        elif usage is NO_USAGE:
            cost = 0.0
        self._usage = add_usage(self._usage, spent)
        if self._price is not None:
            self._cost += self._price.cost(spent, answer.cached)
        self._place.meter.add(usage, cost)
        self._place.emit(
            ModelCalled(
                model=self._target.name,
                agent=self._place.agent,
                path=self._place.path,
                status=status,
                duration=duration,
                usage=usage,
                cost=cost,
            )
        )

    def _estimate(self, answer: Answer) -> Usage:
        said = text_tokens(answer.texts)
        return Usage(
            promptTokens=self._prompt, completionTokens=said, totalTokens=self._prompt + said
        )


def _pause(state: RetryCallState) -> float:
    """Seconds until the next attempt: what the provider asks for, else more each time."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimitedError) and error.delay is not None:
        return error.delay + JITTER(state)
    return BACKOFF(state)
