"""Runs that wait for a person, and go on with the answer."""

from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graphs.catalog import Catalog
from graphs.coordinator import Coordinator
from nodes.errors import InvalidInputError, NotFoundError
from nodes.events import Close
from tests.graphs.crew import Crew

ECHO, ADD = {"agent": "echo"}, {"agent": "add"}
ASK = {"approval": "Is this right?"}
FORM = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


async def test_a_run_waits_and_goes_on_with_the_answer(coordinator: Coordinator, crew: Crew):
    waiting = await coordinator.execute_sequential([ECHO, ASK, ECHO], "a")
    result = await coordinator.resume(waiting.workflow_id, "yes")

    assert [i["node"] for i in waiting.interrupts] == ["steps[1]"]
    assert waiting.interrupts[0]["value"]["question"] == "Is this right?"
    assert waiting.interrupts[0]["value"]["input"] == "a"
    assert not waiting.success
    assert result.workflow_id == waiting.workflow_id
    assert result.success
    assert crew.calls == [("steps[0]", "a"), ("steps[2]", "yes")]


async def test_a_rejection_ends_the_run_whatever_the_policy(coordinator: Coordinator, crew: Crew):
    spec = {
        "steps": [
            {"body": {"tasks": [{**ASK, "onError": "continue"}, ADD]}, "maxIterations": 3,
             "onError": "continue"},
            ECHO,
        ]
    }  # fmt: skip
    waiting = await coordinator.execute(spec, "a")

    result = await coordinator.resume(
        waiting.workflow_id, {"approved": False, "reason": "too dear"}
    )

    assert result.code == "rejected"
    assert result.error == "'Is this right?' was answered with a no: too dear"
    assert crew.calls == []


async def test_several_approvals_side_by_side_are_answered_by_their_ids(coordinator: Coordinator):
    tasks = [{**ASK, "name": "one"}, {"steps": [ASK]}, ADD]
    waiting = await coordinator.execute_parallel(tasks, "a")
    answers = {i["interruptId"]: i["node"] for i in waiting.interrupts}

    result = await coordinator.resume(waiting.workflow_id, answers)

    assert len(answers) == 2
    assert result.final_result == ["tasks[0]", "tasks[1].steps[0]", "a!"]


async def test_one_of_several_approvals_can_be_answered_at_a_time(
    coordinator: Coordinator, crew: Crew
):
    waiting = await coordinator.execute_parallel([ASK, ECHO, {"steps": [ECHO, ASK]}], "a")
    first, second = (i["interruptId"] for i in waiting.interrupts)

    still = await coordinator.resume(waiting.workflow_id, {second: "two"})
    result = await coordinator.resume(waiting.workflow_id, {first: "one"})

    assert [i["interruptId"] for i in still.interrupts] == [first]
    assert result.final_result == ["one", "a", "two"]
    assert sorted(path for path, _ in crew.calls) == ["tasks[1]", "tasks[2].steps[0]"]


@pytest.mark.parametrize("answer", [None, {}, [], "", 0, {"a": {}}])
async def test_any_plain_data_is_an_answer(coordinator: Coordinator, crew: Crew, answer: Any):
    waiting = await coordinator.execute_sequential([ECHO, ASK], "a")

    result = await coordinator.resume(waiting.workflow_id, answer)

    assert result.final_result == answer
    assert len(crew.calls) == 1


async def test_an_answer_that_could_be_for_several_questions_is_refused_and_the_run_waits_on(
    coordinator: Coordinator,
):
    waiting = await coordinator.execute_parallel([ASK, ASK], "a")

    with pytest.raises(InvalidInputError):
        await coordinator.resume(waiting.workflow_id, "yes")

    answers = {i["interruptId"]: "yes" for i in waiting.interrupts}
    assert (await coordinator.resume(waiting.workflow_id, answers)).success


async def test_an_answer_that_does_not_fit_the_form_is_asked_for_again(coordinator: Coordinator):
    waiting = await coordinator.execute_sequential([{**ASK, "form": FORM}], "a")

    again = await coordinator.resume(waiting.workflow_id, {"n": "many"})
    result = await coordinator.resume(waiting.workflow_id, {"n": 3})

    assert again.interrupts[0]["value"]["faults"]
    assert result.final_result == {"n": 3}


@pytest.mark.parametrize(
    ("policy", "success", "code"),
    [("reject", False, "rejected"), ("approve", True, None), ("fail", False, "approval_expired")],
)
async def test_a_question_that_expired_counts_as_its_policy_says(
    coordinator: Coordinator, policy: str, success: bool, code: str | None
):
    node = {**ASK, "expires": 60, "onExpire": policy}
    waiting = await coordinator.execute_sequential([node], "a")

    result = await coordinator.resume(waiting.workflow_id, {"expired": True})

    assert (result.success, result.code) == (success, code)


async def test_an_approval_in_a_loop_is_asked_in_each_round(coordinator: Coordinator):
    result = await coordinator.execute({"body": ASK, "maxIterations": 3}, "a")
    for number in range(3):
        assert [i["node"] for i in result.interrupts] == [f"body[{number}]"]
        result = await coordinator.resume(result.workflow_id, number)

    assert [entry.output for entry in result.results] == [0, 1, 2]


async def test_approvals_in_a_map_wait_for_each_item(coordinator: Coordinator):
    waiting = await coordinator.execute(
        {"over": "input", "body": {"steps": [ADD, ASK]}}, ["a", "b"]
    )
    answers = {i["interruptId"]: i["value"]["input"] for i in waiting.interrupts}

    result = await coordinator.resume(waiting.workflow_id, answers)

    assert result.final_result == ["a!", "b!"]


@pytest.mark.parametrize("steps", [4, 40])
async def test_a_run_that_waits_again_and_again_keeps_all_its_results(
    coordinator: Coordinator, steps: int
):
    result = await coordinator.execute_sequential([ADD, *[ASK] * (steps - 2), ADD], "a")
    for number in range(steps - 2):
        assert [entry.step for entry in result.results] == list(range(1, number + 2))
        result = await coordinator.resume(result.workflow_id, number)

    assert len(result.results) == steps
    assert result.success


async def test_the_events_of_a_run_that_goes_on_go_on_counting(coordinator: Coordinator):
    events = [e async for e in coordinator.stream({"steps": [ECHO, ASK]}, "a")]

    assert [e.event for e in events][-3:] == ["interrupt", "status", "close"]
    assert [e.reason for e in events if isinstance(e, Close)] == ["interrupted"]


async def test_a_run_waits_in_the_checkpointer_that_was_given(crew: Crew):
    saver = InMemorySaver()
    coordinator = Coordinator(Catalog(), saver)
    coordinator.register_agent("echo", crew.echo)

    waiting = await coordinator.execute_sequential([ECHO, ASK], "a")

    assert await saver.aget_tuple({"configurable": {"thread_id": waiting.workflow_id}})


async def test_who_does_not_wait_cannot_be_answered(coordinator: Coordinator):
    done = await coordinator.execute_sequential([ECHO], "a")

    with pytest.raises(NotFoundError):
        await coordinator.resume(done.workflow_id, "yes")
