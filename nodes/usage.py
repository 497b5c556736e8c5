"""`Usage`: tokens and dollars; `Budget`: the limit on either, shared by all branches of a run."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from typing_extensions import TypedDict

from nodes.errors import BudgetExceededError

LONGEST_ANSWER: Final = 65_536  # tokens; no model we know of says more in one answer
EXPECTED_ANSWER: Final = 1024  # tokens; less than this is not divided between branches
SHORTEST_ANSWER: Final = 16  # tokens; a call that may say less than this is not worth its prompt
MILLION: Final = 1_000_000


class Usage(TypedDict):
    """Tokens, as they stand in every result."""

    promptTokens: int
    completionTokens: int
    totalTokens: int


NO_USAGE: Final = Usage(promptTokens=0, completionTokens=0, totalTokens=0)


def add_usage(one: Usage, other: Usage) -> Usage:
    return Usage(
        promptTokens=one["promptTokens"] + other["promptTokens"],
        completionTokens=one["completionTokens"] + other["completionTokens"],
        totalTokens=one["totalTokens"] + other["totalTokens"],
    )


def total_usage(parts: Iterable[Mapping[str, Any]]) -> tuple[Usage, float | None]:
    """Sum `usage` and `cost` of results; one unknown cost makes the sum unknown."""
    usage, cost = NO_USAGE, 0.0
    known = True
    for part in parts:
        if part["usage"] is not NO_USAGE:
            usage = add_usage(usage, part["usage"])
        if part["cost"] is None:
            known = False
        else:
            cost += part["cost"]
    return usage, cost if known else None


class Meter:
    """What one node has used so far, over all its attempts and model calls.

    A nested strategy's meter counts for what runs in it too, even where that is cut short.
    """

    __slots__ = ("_around", "cost", "usage")

    def __init__(self) -> None:
        self.usage: Usage = NO_USAGE
        self.cost: float | None = 0.0
        self._around = _METER.get()

    def add(self, usage: Usage, cost: float | None) -> None:
        self.usage = add_usage(self.usage, usage)
        self.cost = None if cost is None or self.cost is None else self.cost + cost
        if self._around is not None:
            self._around.add(usage, cost)

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count for every meter that is made inside."""
        token = _METER.set(self)
        try:
            yield
        finally:
            _METER.reset(token)


_METER: ContextVar[Meter | None] = ContextVar("amrikyy_meter", default=None)


@dataclass(frozen=True, slots=True)
class Price:
    """US dollars for a million tokens.

    A prompt of more than `threshold` tokens has the price `above`, for all tokens of the call.
    """

    input: float
    output: float
    cached: float | None = None  # input tokens the provider had kept from an earlier call
    threshold: int | None = None
    above: "Price | None" = None

    def at(self, prompt_tokens: int) -> "Price":
        """The price of a call with so long a prompt."""
        if self.above is None or self.threshold is None or prompt_tokens <= self.threshold:
            return self
        return self.above

    def cost(self, usage: Usage, cached: int = 0) -> float:
        """Dollars for `usage`, of whose prompt tokens `cached` were kept ones."""
        price = self.at(usage["promptTokens"])
        cached_price = price.input if price.cached is None else price.cached
        fresh = usage["promptTokens"] - cached
        dollars = fresh * price.input + cached * cached_price
        return (dollars + usage["completionTokens"] * price.output) / MILLION


@dataclass(frozen=True, slots=True)
class Reservation:
    """A part of the budget set aside for one model call.

    `max_output`: tokens the answer may have, where the budget allows less than the model.
    """

    tokens: int = 0
    cost: float = 0.0
    max_output: int | None = None


class Budget:
    """Limits that all branches of a run share: reserved before a model call, settled after.

    What is set aside is what the answer may have at most, so that branches at work at the same
    time cannot use more than there is. A call that does not fit waits while others are under way,
    as these may settle for less than they reserved; it is refused once nothing is under way.
    """

    def __init__(
        self,
        *,
        tokens: int | None = None,
        cost: float | None = None,
        model_calls: int | None = None,
    ) -> None:
        self.tokens, self.cost, self.model_calls = tokens, cost, model_calls
        self.used_tokens, self.used_cost, self.used_calls = 0, 0.0, 0
        self.exceeded = False
        self._reserved_tokens, self._reserved_cost, self._under_way = 0, 0.0, 0
        self._settled: asyncio.Event | None = None  # made for the first to wait

    async def reserve(
        self, prompt_tokens: int, price: Price | None, longest: int = LONGEST_ANSWER
    ) -> Reservation:
        """Set aside what a call may use; raises `BudgetExceededError` where nothing is left.

        Args:
            longest: tokens the answer can have at most, by the model's own limit.
        """
        if self.cost is not None and price is None:
            raise self.refuse(
                "it limits the cost, and the price of this model is not known; "
                "limit `tokens` or `modelCalls` instead"
            )
        at = price.at(prompt_tokens) if price else Price(0.0, 0.0)
        while True:
            if self.model_calls is not None and self.used_calls >= self.model_calls:
                raise self.refuse(f"its {self.model_calls} model calls are used up")
            left = self._left_for_answer(prompt_tokens, at)
            if left is None or left >= min(SHORTEST_ANSWER, longest):
                return self._set_aside(prompt_tokens, left, at, longest)
            if not self._under_way:
                raise self.refuse(self._what_is_used(prompt_tokens, at))
            self._settled = self._settled or asyncio.Event()
            self._settled.clear()
            await self._settled.wait()

    def settle(self, reservation: Reservation, usage: Usage, cost: float | None) -> None:
        """Give back what was set aside and count what was used.

        A call that used nothing, as the provider refused it, does not count as one. It awaits
        nothing: a call that is cancelled settles like any other.
        """
        self.used_calls -= not usage["totalTokens"]
        self._under_way -= 1
        self._reserved_tokens -= reservation.tokens
        self._reserved_cost -= reservation.cost
        self.used_tokens += usage["totalTokens"]
        self.used_cost += cost or 0.0
        if self._settled is not None:
            self._settled.set()

    def refuse(self, why: str) -> BudgetExceededError:
        """Note that the budget was exceeded, and return what to raise."""
        self.exceeded = True
        return BudgetExceededError(f"The run's budget does not allow another model call: {why}.")

    def cut(self, tokens: int) -> BudgetExceededError:
        """The same, where an answer was cut as there were only `tokens` left for it."""
        self.exceeded = True
        return BudgetExceededError(
            f"The run's budget allowed this answer {tokens} tokens, and it needed more. "
            "Give the run a larger budget, or ask for less."
        )

    def _left_for_answer(self, prompt_tokens: int, price: Price) -> int | None:
        """Tokens the budget has for an answer to such a prompt; None without a limit."""
        lefts = []
        if self.tokens is not None:
            lefts.append(self.tokens - self.used_tokens - self._reserved_tokens - prompt_tokens)
        if self.cost is not None:
            left = self.cost - self.used_cost - self._reserved_cost
            left -= prompt_tokens * price.input / MILLION
            if price.output > 0:
                lefts.append(int(left * MILLION / price.output))
            elif left < 0:
                lefts.append(0)
        return min(lefts, default=None)

    def _set_aside(
        self, prompt_tokens: int, left: int | None, price: Price, longest: int
    ) -> Reservation:
        """Reserve half of what is left, so that branches beside this one find something too."""
        if left is None:
            left = longest
        elif left > 2 * EXPECTED_ANSWER:
            left //= 2
        answer = min(left, longest)
        reservation = Reservation(
            tokens=prompt_tokens + answer,
            cost=(prompt_tokens * price.input + answer * price.output) / MILLION,
            max_output=answer if answer < longest else None,
        )
        self.used_calls += 1
        self._under_way += 1
        self._reserved_tokens += reservation.tokens
        self._reserved_cost += reservation.cost
        return reservation

    def _what_is_used(self, prompt_tokens: int, price: Price) -> str:
        prompt = f"and the next prompt has about {prompt_tokens}"
        if self.tokens is not None:
            left = self.tokens - self.used_tokens - prompt_tokens
            if left < SHORTEST_ANSWER:
                return f"{self.used_tokens} of its {self.tokens} tokens are used, {prompt}"
        next_cost = prompt_tokens * price.input / MILLION
        return (
            f"${self.used_cost:.6f} of its ${self.cost or 0:.6f} are used, "
            f"{prompt} tokens for ${next_cost:.6f}"
        )


UNLIMITED: Final = Budget()
"""Of graphs that run by themselves: it refuses nothing."""
