"""Who waits for whom, and what happens to the others: policies, retries, time limits."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from graphs.coordinator import Coordinator
from graphs.options import Options
from graphs.result import NodeOutcome
from nodes.events import Event, NodeCompleted, NodeFailed, NodeStarted
from tests.graphs.crew import Crew

ECHO, BOOM = {"agent": "echo"}, {"agent": "boom"}
QUICK, SLOW, ENDLESS = {"agent": "quick"}, {"agent": "slow"}, {"agent": "endless"}
PATIENT = {"maxAttempts": 100, "initialInterval": 3000, "maxInterval": 80_000, "jitter": False}


@pytest.fixture(scope="module")
def anyio_backend(
    virtual_time: tuple[str, dict[str, Callable[[], asyncio.AbstractEventLoop]]],
) -> tuple[str, dict[str, Callable[[], asyncio.AbstractEventLoop]]]:
    return virtual_time


def codes(entries: list[NodeOutcome]) -> list[str | None]:
    return [entry.code for entry in entries]


def now() -> float:
    return asyncio.get_running_loop().time()


async def listen(coordinator: Coordinator, spec: Any, given: Any = "a") -> list[Event]:
    return [event async for event in coordinator.stream(spec, given)]


async def test_any_goes_on_at_the_first_success_and_cancels_the_rest(
    coordinator: Coordinator, crew: Crew
):
    began = now()

    result = await coordinator.execute_parallel([SLOW, BOOM, QUICK], "a", waitFor="any")

    assert result.success
    assert now() - began == pytest.approx(1)
    assert codes(result.results) == ["cancelled", "agent_failed", None]
    assert crew.cancelled == ["tasks[0]"]


async def test_a_quorum_goes_on_at_so_many_successes(coordinator: Coordinator, crew: Crew):
    result = await coordinator.execute_parallel([QUICK, ENDLESS, SLOW, BOOM], "a", waitFor=2)

    assert result.success
    assert result.final_result == ["a", None, "a", None]
    assert crew.cancelled == ["tasks[1]"]


async def test_a_quorum_that_is_missed_fails_the_strategy(coordinator: Coordinator):
    spec = {"tasks": [BOOM, ECHO, {**ECHO, "transform": "abs(result)"}], "waitFor": 2}

    result = await coordinator.execute_sequential([spec, ECHO], "a")

    assert result.code == "members_failed"
    assert result.error is not None
    assert "1 of the 2 wanted successes came." in result.error
    assert len(result.results) == 1


async def test_any_fails_where_none_succeeds_wholly(coordinator: Coordinator):
    half = {"tasks": [ECHO, BOOM]}

    result = await coordinator.execute_parallel([half, half], "a", waitFor="any")

    assert result.code == "members_failed"


async def test_any_may_be_a_race_of_strategies(coordinator: Coordinator, crew: Crew):
    tasks = [
        {"steps": [QUICK, {"tasks": [SLOW, SLOW]}]},
        {"over": "`[1, 2]`", "body": {"steps": [QUICK, QUICK]}},
        {"body": ENDLESS, "maxIterations": 3},
    ]

    result = await coordinator.execute_parallel(tasks, "a", waitFor="any")

    assert codes(result.results) == ["cancelled", None, "cancelled"]
    assert result.final_result == [None, [1, 2], None]
    assert sorted(crew.cancelled) == [
        "tasks[0].steps[1].tasks[0]",
        "tasks[0].steps[1].tasks[1]",
        "tasks[2].body[0]",
    ]


async def test_a_race_that_was_won_succeeds_under_fail_as_well(coordinator: Coordinator):
    result = await coordinator.execute_parallel([QUICK, SLOW], "a", waitFor="any", onError="fail")

    assert result.success
    assert result.error is None


async def test_on_error_fail_cancels_the_others_of_its_group_only(
    coordinator: Coordinator, crew: Crew
):
    failing = {"tasks": [{"steps": [QUICK, BOOM]}, ENDLESS, SLOW], "onError": "fail"}

    result = await coordinator.execute_parallel([failing, SLOW], "a")

    assert codes(result.results) == ["agent_failed", None]
    assert result.results[0].result is not None
    assert [task.get("code") for task in result.results[0].result["results"]] == [
        "agent_failed",
        "cancelled",
        "cancelled",
    ]
    assert sorted(crew.cancelled) == ["tasks[0].tasks[1]", "tasks[0].tasks[2]"]


async def test_under_fail_what_failed_in_part_is_no_failure(coordinator: Coordinator):
    result = await coordinator.execute_parallel(
        [{"tasks": [BOOM, ECHO]}, QUICK], "a", onError="fail"
    )

    assert result.error is None
    assert not result.success
    assert result.final_result == [[None, "a"], "a"]


async def test_at_the_deadline_what_is_unfinished_is_cancelled_and_reported_so(
    coordinator: Coordinator, crew: Crew
):
    began = now()

    result = await coordinator.execute_parallel([QUICK, ENDLESS], "a", deadline=5)

    assert now() - began == pytest.approx(5)
    assert codes(result.results) == [None, "cancelled"]
    assert result.results[1].error == "Cancelled: the deadline of 5 s passed."
    assert crew.cancelled == ["tasks[1]"]


async def test_a_deadline_does_not_wait_for_a_retry_that_pauses(coordinator: Coordinator):
    began = now()

    result = await coordinator.execute_parallel(
        [QUICK, {**BOOM, "retry": PATIENT}, {"steps": [{**BOOM, "retry": PATIENT}]}],
        "a",
        deadline=5,
    )

    assert now() - began == pytest.approx(5)
    assert codes(result.results) == [None, "cancelled", "cancelled"]


async def test_a_race_does_not_wait_for_a_retry_that_pauses(coordinator: Coordinator):
    began = now()

    result = await coordinator.execute_parallel(
        [{**BOOM, "retry": PATIENT}, QUICK], "a", waitFor="any"
    )

    assert now() - began == pytest.approx(1)
    assert result.success


async def test_a_deadline_counts_for_those_who_still_wait_for_their_turn(coordinator: Coordinator):
    result = await coordinator.execute_parallel(
        [SLOW, SLOW, SLOW], "a", deadline=70, maxConcurrency=1
    )

    assert codes(result.results) == [None, "cancelled", "cancelled"]


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_no_more_tasks_run_at_once_than_max_concurrency(
    coordinator: Coordinator, crew: Crew, most: int
):
    result = await coordinator.execute_parallel([SLOW] * 7, "a", maxConcurrency=most)

    assert result.success
    assert crew.most_working == most


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_items_are_worked_on_at_once_than_max_concurrency(
    coordinator: Coordinator, crew: Crew, most: int
):
    await coordinator.execute({"over": "input", "body": SLOW, "maxConcurrency": most}, [1] * 7)

    assert crew.most_working == most


async def test_no_more_agents_of_a_run_work_at_once_than_its_options_say(
    coordinator: Coordinator, crew: Crew
):
    spec = {"tasks": [{"tasks": [SLOW] * 3}, {"over": "`[1, 2, 3]`", "body": SLOW}]}

    await coordinator.execute(spec, "a", Options(max_concurrency=2))

    assert crew.most_working == 2


async def test_tasks_have_their_turn_in_the_order_they_are_written(
    coordinator: Coordinator, crew: Crew
):
    await coordinator.execute_parallel([QUICK] * 12, "a", maxConcurrency=1)

    assert [path for path, _ in crew.calls] == [f"tasks[{n}]" for n in range(12)]


async def test_a_node_is_tried_again_and_says_so(coordinator: Coordinator):
    retry = {"maxAttempts": 3, "initialInterval": 2, "backoffFactor": 3, "jitter": False}
    began = now()

    events = await listen(coordinator, {"steps": [{"agent": "third", "retry": retry}]})

    assert now() - began == pytest.approx(2 + 6)
    told = [e for e in events if isinstance(e, NodeStarted | NodeFailed | NodeCompleted)]
    assert [(e.event, e.attempt) for e in told] == [
        ("node_started", 1), ("node_failed", 1),
        ("node_started", 2), ("node_failed", 2),
        ("node_started", 3), ("node_completed", 3),
    ]  # fmt: skip
    assert [e.will_retry for e in told if isinstance(e, NodeFailed)] == [True, True]


async def test_only_the_last_failure_says_that_no_attempt_follows(coordinator: Coordinator):
    retry = {"maxAttempts": 2, "initialInterval": 0, "jitter": False}

    events = await listen(coordinator, {"steps": [{**BOOM, "retry": retry}]})

    assert [e.will_retry for e in events if isinstance(e, NodeFailed)] == [True, False]


async def test_a_fallback_is_called_once_all_attempts_failed(coordinator: Coordinator):
    retry = {"maxAttempts": 2, "initialInterval": 0, "jitter": False}
    node = {**BOOM, "retry": retry, "fallback": {**BOOM, "fallback": ECHO}}

    events = await listen(coordinator, {"steps": [node]})

    told = [e for e in events if isinstance(e, NodeFailed | NodeCompleted)]
    assert [(e.agent, e.attempt) for e in told] == [
        ("boom", 1), ("boom", 2), ("boom", 3), ("echo", 4)
    ]  # fmt: skip
    assert all(e.will_retry for e in told if isinstance(e, NodeFailed))


async def test_the_result_names_who_did_it_in_the_end(coordinator: Coordinator):
    result = await coordinator.execute_sequential([{**BOOM, "fallback": ECHO}], "a")

    assert (result.results[0].agent, result.results[0].output) == ("echo", "a")


async def test_a_failure_that_no_retry_covers_is_not_tried_again(
    coordinator: Coordinator, crew: Crew
):
    retry = {"maxAttempts": 5, "initialInterval": 0, "on": ["timeout"]}

    await coordinator.execute_sequential([{**BOOM, "retry": retry}], "a")

    assert len(crew.calls) == 1


async def test_the_idempotency_key_is_the_same_for_all_attempts_and_no_other_node(
    coordinator: Coordinator, crew: Crew
):
    retry = {"maxAttempts": 3, "initialInterval": 0, "jitter": False}
    third = {"agent": "third", "retry": retry}

    result = await coordinator.execute({"tasks": [third, {"body": third, "maxIterations": 2}]}, "a")

    assert result.success
    assert len(crew.contexts) == 9
    assert len({context.idempotency_key for context in crew.contexts}) == 3
    assert all(c.idempotency_key.startswith(result.workflow_id) for c in crew.contexts)


async def test_a_time_limit_of_an_agent_call_is_for_each_attempt(
    coordinator: Coordinator, crew: Crew
):
    retry = {"maxAttempts": 3, "initialInterval": 0, "jitter": False}
    began = now()

    result = await coordinator.execute_sequential([{**SLOW, "timeout": 10, "retry": retry}], "a")

    assert now() - began == pytest.approx(30)
    assert result.code == "timeout"
    assert len(crew.cancelled) == 3


async def test_a_time_limit_of_a_strategy_is_for_all_in_it(coordinator: Coordinator, crew: Crew):
    steps = [{"steps": [SLOW, SLOW], "timeout": 90, "name": "both", "onError": "continue"}, ECHO]

    result = await coordinator.execute_sequential(steps, "a")

    assert codes(result.results) == ["timeout", None]
    assert crew.cancelled == ["steps[0].steps[1]"]


async def test_a_run_that_is_out_of_time_tells_what_ended_in_its_place(coordinator: Coordinator):
    tasks = [{**SLOW, "name": "slow"}, {**QUICK, "name": "quick"}]

    result = await coordinator.execute_parallel(tasks, "a", Options(timeout=5))

    assert result.code == "timeout"
    assert [(entry.task, entry.output) for entry in result.results] == [(2, "a")]
    assert result.final_result is None


async def test_a_hierarchy_that_is_out_of_time_tells_what_ended_in_its_place(
    coordinator: Coordinator,
):
    result = await coordinator.execute_hierarchical(ECHO, [SLOW, QUICK], "a", Options(timeout=5))

    assert [(entry.task, entry.output) for entry in result.sub_results] == [(2, "a")]


@pytest.mark.parametrize(
    "spec",
    [
        {"steps": [{**ECHO, "transform": lambda result: result / 0}, ECHO]},
        {"steps": [{**ECHO, "when": lambda result: result.nothing}, ECHO]},
        {"steps": [{**ECHO, "transform": lambda: {1}.pop}, ECHO]},
        {"steps": [{**ECHO, "transform": "`[1, 2]`[::0]"}]},
        {"steps": [{**ECHO, "transform": 'max_by(`[{"a": 1}, {"a": "b"}]`, &a)'}]},
        {"body": ECHO, "until": lambda result: result["x"], "maxIterations": 2},
        {"over": lambda result: result["x"], "body": ECHO},
        {"on": lambda result: result["x"], "cases": {"x": ECHO}, "default": ECHO},
        {"master": ECHO, "subAgents": [ECHO], "aggregator": lambda sub: sub["x"]},
    ],
)
async def test_what_an_expression_raises_is_a_failure_like_any_other(
    coordinator: Coordinator, spec: Any
):
    result = await coordinator.execute(spec, "a")

    assert not result.success
    assert result.code in {"agent_failed", "invalid_expression", "invalid_input"}
