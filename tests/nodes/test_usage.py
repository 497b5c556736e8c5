"""Usage, prices and the budget that all branches of a run share."""

import asyncio

import pytest

from nodes.errors import BudgetExceededError
from nodes.usage import (
    LONGEST_ANSWER,
    NO_USAGE,
    Budget,
    Meter,
    Price,
    Reservation,
    Usage,
    add_usage,
    total_usage,
)

DOLLAR = Price(input=1_000_000, output=1_000_000)  # a dollar a token

ONE = Usage(promptTokens=1, completionTokens=0, totalTokens=1)


def usage(prompt: int, completion: int = 0) -> Usage:
    return Usage(promptTokens=prompt, completionTokens=completion, totalTokens=prompt + completion)


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def test_usage_is_added_field_by_field():
    assert add_usage(usage(1, 2), usage(10, 20)) == usage(11, 22)


def test_one_unknown_cost_makes_the_total_unknown():
    known = {"usage": usage(1), "cost": 0.5}

    assert total_usage([known, {"usage": NO_USAGE, "cost": 0.25}]) == (usage(1), 0.75)
    assert total_usage([known, {"usage": usage(2), "cost": None}]) == (usage(3), None)


def test_a_meter_counts_for_those_around_it():
    around = Meter()
    with around.counting():
        inside = Meter()
    beside = Meter()

    inside.add(usage(1), 0.5)
    beside.add(usage(10), None)
    inside.add(usage(2), 0.25)

    assert (inside.usage, inside.cost) == (usage(3), 0.75)
    assert (around.usage, around.cost) == (usage(3), 0.75)
    assert beside.cost is None


def test_cached_tokens_without_a_price_of_their_own_cost_as_much_as_others():
    assert Price(input=2, output=0).cost(usage(1_000_000), cached=500_000) == 2
    assert Price(input=2, output=0, cached=1).cost(usage(1_000_000), cached=500_000) == 1.5


async def test_without_limits_nothing_is_limited():
    reservation = await Budget().reserve(10, None)

    assert reservation.max_output is None


async def test_a_large_budget_does_not_limit_an_answer():
    budget = Budget(tokens=10_000_000, cost=100.0)

    reservation = await budget.reserve(10, Price(input=1, output=10))

    assert reservation.max_output is None
    assert reservation.tokens == 10 + LONGEST_ANSWER


async def test_a_call_gets_half_of_what_is_left_and_all_of_little():
    budget = Budget(tokens=8000)

    first = await budget.reserve(0, None)
    second = await budget.reserve(0, None)
    third = await budget.reserve(0, None)

    assert [each.max_output for each in (first, second, third)] == [4000, 2000, 2000]


async def test_the_models_own_limit_is_reserved_where_it_is_lower():
    reservation = await Budget(tokens=8000).reserve(10, None, longest=100)

    assert reservation == Reservation(tokens=110, cost=0.0, max_output=None)


async def test_branches_never_use_more_than_there_is():
    budget = Budget(tokens=5000)

    async def branch() -> int:
        reservation = await budget.reserve(100, None)
        await asyncio.sleep(0)
        spent = usage(100, reservation.max_output or 0)
        budget.settle(reservation, spent, None)
        return spent["totalTokens"]

    spent = await asyncio.gather(*(branch() for _ in range(20)), return_exceptions=True)

    assert sum(each for each in spent if isinstance(each, int)) == budget.used_tokens <= 5000
    assert any(isinstance(each, BudgetExceededError) for each in spent)


async def test_a_call_that_does_not_fit_waits_until_another_settles_for_less():
    budget = Budget(tokens=1000)
    first = await budget.reserve(10, None)
    second = asyncio.create_task(budget.reserve(500, None))
    third = asyncio.create_task(budget.reserve(500, None))
    await asyncio.sleep(0)
    assert not second.done()

    budget.settle(first, usage(10, 40), None)

    assert (await second).max_output == 450
    assert not third.done()
    budget.settle(await second, usage(500, 450), None)
    with pytest.raises(BudgetExceededError, match="1000 of its 1000 tokens are used"):
        await third


async def test_who_waits_and_is_cancelled_has_reserved_nothing():
    budget = Budget(tokens=1000)
    first = await budget.reserve(10, None)
    waiting = asyncio.create_task(budget.reserve(10, None))
    await asyncio.sleep(0)

    waiting.cancel()
    budget.settle(first, NO_USAGE, None)

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert (await budget.reserve(10, None)).max_output == 990


async def test_those_who_waited_for_tokens_do_not_exceed_the_model_calls():
    budget = Budget(tokens=1000, model_calls=2)
    first = await budget.reserve(10, None)
    waiting = [asyncio.create_task(budget.reserve(10, None)) for _ in range(2)]
    await asyncio.sleep(0)

    budget.settle(first, ONE, None)
    second = await waiting[0]
    budget.settle(second, ONE, None)

    with pytest.raises(BudgetExceededError, match="2 model calls are used up"):
        await waiting[1]
    assert budget.exceeded


async def test_the_cost_limits_the_answer():
    budget = Budget(cost=100.0)

    reservation = await budget.reserve(10, DOLLAR)

    assert reservation.max_output == 90
    assert reservation.cost == 100.0


async def test_the_price_of_a_long_prompt_limits_the_answer():
    price = Price(input=0, output=1, threshold=5, above=DOLLAR)

    assert (await Budget(cost=100.0).reserve(10, price)).max_output == 90


async def test_a_free_model_fits_into_any_cost():
    assert (await Budget(cost=0.0).reserve(10, Price(0.0, 0.0))).max_output is None


async def test_a_prompt_that_costs_too_much_is_refused_even_where_answers_are_free():
    with pytest.raises(BudgetExceededError, match=r"\$0\.000000 of its \$5\.000000 are used"):
        await Budget(cost=5.0).reserve(10, Price(input=1_000_000, output=0.0))


async def test_a_cost_limit_refuses_a_model_of_unknown_price():
    with pytest.raises(BudgetExceededError, match="price of this model is not known"):
        await Budget(cost=1.0).reserve(10, None)


async def test_a_prompt_larger_than_the_budget_says_so():
    with pytest.raises(BudgetExceededError, match="the next prompt has about 4990"):
        await Budget(tokens=5000, cost=1.0).reserve(4990, Price(0.1, 0.1))


async def test_where_tokens_are_left_but_no_money_it_is_the_money():
    budget = Budget(tokens=5000, cost=20.0)
    budget.settle(await budget.reserve(0, DOLLAR), usage(0, 10), 10.0)

    with pytest.raises(BudgetExceededError, match=r"\$10\.000000 of its \$20\.000000"):
        await budget.reserve(0, DOLLAR)


def test_an_answer_cut_by_the_budget_marks_it_exceeded():
    budget = Budget(tokens=100)

    error = budget.cut(90)

    assert "allowed this answer 90 tokens" in str(error)
    assert budget.exceeded


async def test_a_call_that_used_nothing_does_not_count_as_one():
    budget = Budget(model_calls=1)

    for _ in range(3):
        budget.settle(await budget.reserve(10, None), NO_USAGE, 0.0)
    budget.settle(await budget.reserve(10, None), ONE, 0.0)

    with pytest.raises(BudgetExceededError, match="model calls are used up"):
        await budget.reserve(10, None)
