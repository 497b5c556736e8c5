"""A run's last words, whoever cancels, leaves, fails or answers twice at the wrong moment."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver

from graphs import Catalog, Coordinator, Options
from graphs.run import SAID_AHEAD, Run, execute
from nodes.errors import InvalidInputError
from nodes.events import Close, Event, NodeFailed, NodeStarted, Notice


@pytest.fixture
def coordinator() -> Coordinator:
    coordinator = Coordinator(Catalog())
    coordinator.register_agent("echo", lambda given: given)
    return coordinator


async def hang(given: Any) -> None:
    await asyncio.Event().wait()


def told(events: list[Any]) -> list[str]:
    return [event.event for event in events]


async def begin(coordinator: Coordinator, spec: Any, emit: Any, **options: Any) -> Any:
    catalog = coordinator.catalog
    workflow = catalog.check(spec)
    run = Run(workflow=workflow, input="in", options=Options(**options))
    return await execute(run, catalog.graph(workflow), catalog, emit)


@pytest.mark.parametrize("at", ["status", "node_started", "progress", "complete", "close"])
async def test_the_end_is_told_however_often_the_run_is_cancelled(
    coordinator: Coordinator, at: str
):
    events: list[Any] = []
    reached = asyncio.Event()

    async def emit(event: Event | Notice) -> None:
        if event.event == at:
            reached.set()
        await asyncio.sleep(0)
        events.append(event)

    task = asyncio.create_task(begin(coordinator, {"steps": [{"agent": "echo"}]}, emit))
    await reached.wait()
    for _ in range(3):
        task.cancel()
        await asyncio.sleep(0)
    await asyncio.wait([task])

    assert told(events)[-1] == "close"
    assert told(events).count("close") == 1
    assert events[-1].message_count == len(events) - 1


async def test_a_run_that_had_ended_is_a_success_though_it_is_cancelled(coordinator: Coordinator):
    reached = asyncio.Event()

    async def emit(event: Event | Notice) -> None:
        if event.event == "complete":
            reached.set()
            await asyncio.sleep(0)

    task = asyncio.create_task(begin(coordinator, {"steps": [{"agent": "echo"}]}, emit))
    await reached.wait()
    task.cancel()

    assert (await task).status == "success"


@pytest.mark.parametrize("at", ["complete", "close"])
async def test_a_reader_who_leaves_at_the_end_leaves_a_success(coordinator: Coordinator, at: str):
    stream = coordinator.stream({"steps": [{"agent": "echo"}]}, "in")
    async for event in stream:
        if event.event == at:
            break
    await stream.aclose()

    assert coordinator.stats()["completedWorkflows"] == 1


async def test_what_nodes_say_while_they_are_stopped_is_told(coordinator: Coordinator):
    coordinator.register_agent("hang", hang)
    events: list[Any] = []

    async def emit(event: Event | Notice) -> None:
        events.append(event)

    await begin(coordinator, {"steps": [{"agent": "hang"}]}, emit, timeout=0.02)

    failed = [event for event in events if isinstance(event, NodeFailed)]
    assert [event.code for event in failed] == ["cancelled"]
    assert told(events)[-2:] == ["error", "close"]


class Broken(InMemorySaver):
    """A checkpointer whose database does not answer."""

    async def aput(self, *_: Any, **__: Any) -> Any:
        raise TimeoutError("no connection")


@pytest.mark.parametrize("limit", [None, 60.0])
async def test_a_time_limit_of_somebody_else_is_not_the_runs(limit: float | None):
    coordinator = Coordinator(Catalog(), Broken())

    result = await coordinator.execute(
        {"steps": [{"approval": "Go on?"}]}, "in", Options(timeout=limit)
    )

    assert result.code == "internal"


async def test_a_listener_that_fails_is_the_callers_fault_to_see(coordinator: Coordinator):
    async def emit(event: Event | Notice) -> None:
        if isinstance(event, NodeStarted):
            raise OSError("disk full")

    outcome = await begin(coordinator, {"steps": [{"agent": "echo"}]}, emit)

    assert outcome.code == "internal"


async def test_an_answer_to_a_question_that_was_answered_is_no_answer_to_the_next(
    coordinator: Coordinator,
):
    waiting = await coordinator.execute(
        {"steps": [{"approval": "Delete staging?"}, {"approval": "Delete production?"}]}, "in"
    )
    answer = {waiting.interrupts[0]["interruptId"]: True}
    await coordinator.resume(waiting.workflow_id, answer)

    with pytest.raises(InvalidInputError, match="answered already"):
        await coordinator.resume(waiting.workflow_id, answer)


async def test_a_run_that_waits_goes_on_with_the_definition_it_began_with(
    coordinator: Coordinator,
):
    coordinator.define_workflow("later", {"steps": [{"agent": "echo"}]})
    waiting = await coordinator.execute({"steps": [{"approval": "?"}, {"workflow": "later"}]}, "in")
    coordinator.catalog.remove("later")

    result = await coordinator.resume(waiting.workflow_id, {"yes": 1})

    assert result.final_result == {"yes": 1}


async def test_nothing_of_a_run_that_ended_is_kept_in_memory(coordinator: Coordinator):
    waiting = await coordinator.execute({"steps": [{"approval": "?"}]}, "in")
    await coordinator.resume(waiting.workflow_id, answer=True)

    saver = coordinator._checkpointer  # noqa: SLF001 - what it holds is what this is about
    assert isinstance(saver, InMemorySaver)
    assert not saver.storage


@pytest.mark.parametrize("answer", [{"approved": "false"}, {"approved": 0}, {"expired": True}])
async def test_what_is_no_clear_yes_does_not_approve(coordinator: Coordinator, answer: Any):
    spec = {
        "steps": [
            {
                "approval": "Pay?",
                "onExpire": "approve",
                "form": {"type": "object", "required": ["amount"]},
            }
        ]
    }
    waiting = await coordinator.execute(spec, "in")

    again = await coordinator.resume(waiting.workflow_id, answer)

    assert again.interrupts[0]["value"]["faults"]


async def test_a_question_whose_time_is_over_counts_as_it_says(coordinator: Coordinator):
    ask = {"approval": "Pay?", "expires": 60, "onExpire": "approve", "form": {"type": "object"}}
    waiting = await coordinator.execute({"steps": [ask]}, "in")

    result = await coordinator.resume(waiting.workflow_id, {"expired": True})

    assert result.final_result is True


async def test_close_is_last_whatever_a_stream_goes_through(coordinator: Coordinator):
    coordinator.register_agent("hang", hang)

    events = [
        event
        async for event in coordinator.stream(
            {"steps": [{"agent": "echo"}, {"agent": "hang"}]}, "in", Options(timeout=0.02)
        )
    ]

    assert [isinstance(event, Close) for event in events].count(True) == 1
    assert isinstance(events[-1], Close)


@pytest.mark.parametrize("kind", ["generator", "async generator"])
async def test_a_slow_listener_holds_up_a_node_that_says_much(coordinator: Coordinator, kind: str):
    made = 0
    most_ahead = 0

    def pieces(given: Any) -> Any:
        nonlocal made
        for _ in range(5000):
            made += 1
            yield "x"

    async def pieces_soon(given: Any) -> Any:
        for piece in pieces(given):
            yield piece

    coordinator.register_agent("much", pieces if kind == "generator" else pieces_soon)
    heard = 0

    async def emit(event: Event | Notice) -> None:
        nonlocal heard, most_ahead
        if event.event == "chunk":
            heard += 1
            most_ahead = max(most_ahead, made - heard)

    await begin(coordinator, {"steps": [{"agent": "much"}]}, emit)

    assert heard == 5000
    assert most_ahead <= SAID_AHEAD + 2
