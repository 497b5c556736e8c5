"""How a run begins, reports and ends, whatever happens in it."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import START, StateGraph

from graphs import BudgetLimits, Catalog, Coordinator, Options
from graphs.run import Run, execute
from graphs.telling import Outcome
from nodes.errors import InvalidInputError, NotFoundError, SpecError
from nodes.events import (
    Chunk,
    Close,
    Complete,
    Connected,
    Event,
    Failed,
    NodeStarted,
    Notice,
    Progress,
    Status,
)
from nodes.state import State


class Hanging:
    """An agent that works until it is cancelled, and knows that it was."""

    def __init__(self) -> None:
        self.began, self.stopped = asyncio.Event(), asyncio.Event()

    async def run(self, given: Any) -> Any:
        self.began.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()


async def speak(given: str):
    """Say the words of a text one by one."""
    for word in given.split(" "):
        yield word + " "


@pytest.fixture
def coordinator() -> Coordinator:
    coordinator = Coordinator(Catalog())
    coordinator.register_agent("speak", speak)
    coordinator.register_agent("echo", lambda given: given)
    return coordinator


async def run_and_listen(
    coordinator: Coordinator, spec: Any, given: Any = "in", options: Options | None = None
) -> tuple[Outcome, list[Any]]:
    events: list[Any] = []

    async def emit(event: Event | Notice) -> None:
        events.append(event)

    catalog = coordinator.catalog
    workflow = catalog.check(spec)
    run = Run(workflow=workflow, input=given, options=options or Options())
    return await execute(run, catalog.graph(workflow), catalog, emit), events


async def test_a_run_begins_with_connected_and_ends_with_its_result_and_close(
    coordinator: Coordinator,
):
    outcome, events = await run_and_listen(coordinator, {"steps": [{"agent": "speak"}]}, "a b c")

    kinds = [type(event) for event in events]
    assert kinds[:3] == [Connected, Status, NodeStarted]
    assert kinds[-3:] == [Progress, Complete, Close]
    assert outcome.status == "success"
    assert events[-2].result == outcome.result


async def test_chunks_are_counted_and_make_the_text(coordinator: Coordinator):
    _, events = await run_and_listen(
        coordinator, {"steps": [{"agent": "speak"}, {"agent": "speak"}]}, "مرحبا يا 🌍"
    )

    chunks = [event for event in events if isinstance(event, Chunk)]
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    first = "".join(chunk.chunk for chunk in chunks if chunk.path == "steps[0]")
    assert first == "مرحبا يا 🌍 "


async def test_close_tells_how_many_events_there_were(coordinator: Coordinator):
    _, events = await run_and_listen(coordinator, {"steps": [{"agent": "echo"}]})

    close = events[-1]
    assert isinstance(close, Close)
    assert close.message_count == len(events) - 1
    assert close.reason == "complete"


async def test_a_run_out_of_time_ends_with_what_it_has(coordinator: Coordinator):
    hanging = Hanging()
    coordinator.register_agent("hang", hanging)

    outcome, events = await run_and_listen(
        coordinator,
        {"steps": [{"agent": "echo"}, {"agent": "hang"}]},
        options=Options(timeout=0.05),
    )

    assert hanging.stopped.is_set()
    assert (outcome.status, outcome.code) == ("failed", "timeout")
    assert [entry["output"] for entry in outcome.result["results"]] == ["in"]
    assert isinstance(events[-2], Failed)
    assert events[-1].reason == "timeout"


@pytest.mark.parametrize(
    "spec",
    [
        {"steps": [{"agent": "hang"}]},
        {"tasks": [{"agent": "hang"}, {"steps": [{"agent": "hang"}]}]},
        {"tasks": [{"agent": "hang"}], "waitFor": 1, "deadline": 60, "maxConcurrency": 1},
        {"master": {"name": "echo"}, "subAgents": [{"name": "hang"}]},
        {"body": {"agent": "hang"}, "maxIterations": 3},
        {"on": "input", "cases": {"in": {"agent": "hang"}}, "default": {"agent": "echo"}},
        {"over": "[input, input]", "body": {"agent": "hang"}},
    ],
)
async def test_a_cancelled_run_stops_its_agents_and_says_so_last(
    coordinator: Coordinator, spec: Any
):
    hanging = Hanging()
    coordinator.register_agent("hang", hanging)
    events: list[Any] = []

    async def emit(event: Event | Notice) -> None:
        events.append(event)

    workflow = coordinator.catalog.check(spec)
    graph = coordinator.catalog.graph(workflow)
    run = Run(workflow=workflow, input="in")
    task = asyncio.create_task(execute(run, graph, coordinator.catalog, emit))
    await hanging.began.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert hanging.stopped.is_set()
    assert [event.reason for event in events if isinstance(event, Close)] == ["cancelled"]
    assert isinstance(events[-1], Close)


async def test_a_reader_who_leaves_stops_the_run(coordinator: Coordinator):
    hanging = Hanging()
    coordinator.register_agent("hang", hanging)

    stream = coordinator.stream({"steps": [{"agent": "speak"}, {"agent": "hang"}]}, "a b")
    async for _ in stream:
        if hanging.began.is_set():
            break
    await stream.aclose()

    assert hanging.stopped.is_set()


async def test_a_slow_reader_gets_every_event(coordinator: Coordinator):
    text = " ".join(["word"] * 1000)

    events = [event async for event in coordinator.stream({"steps": [{"agent": "speak"}]}, text)]

    assert sum(isinstance(event, Chunk) for event in events) == 1000
    assert isinstance(events[-1], Close)


async def fall_over(state: State) -> None:
    """Fail as no node of ours may."""
    raise KeyError("done")


async def test_a_fault_of_the_engine_ends_its_own_run_only(
    coordinator: Coordinator, caplog: pytest.LogCaptureFixture
):
    catalog = coordinator.catalog
    workflow = catalog.check({"steps": [{"agent": "echo"}]})
    broken: Any = (
        StateGraph(State).add_node("broken", fall_over).add_edge(START, "broken").compile()
    )
    events: list[Any] = []

    async def emit(event: Event | Notice) -> None:
        events.append(event)

    outcome = await execute(Run(workflow=workflow, input="in"), broken, catalog, emit)

    assert outcome.code == "internal"
    assert "run_crashed" in caplog.messages
    assert [type(event) for event in events[-2:]] == [Failed, Close]


async def test_a_partial_failure_completes_with_success_false(coordinator: Coordinator):
    coordinator.register_agent("fail", lambda given: 1 / 0)

    outcome, events = await run_and_listen(
        coordinator, {"tasks": [{"agent": "echo"}, {"agent": "fail"}]}
    )

    assert (outcome.status, outcome.error) == ("failed", None)
    assert events[-2].result["success"] is False
    assert events[-1].reason == "complete"


async def test_a_budget_ends_the_run_with_what_it_has(coordinator: Coordinator):
    catalog = Catalog.load()

    result = await Coordinator(catalog).execute_sequential(
        [{"agent": "content", "method": "summarise"}] * 3,
        "One sentence about the sea. Another about the land. A third about the sky.",
        Options(budget=BudgetLimits(model_calls=2)),
    )

    assert result.code == "budget_exceeded"
    assert [entry.success for entry in result.results] == [True, True, False]


async def test_the_calls_under_way_are_no_more_than_max_concurrency(coordinator: Coordinator):
    under_way: list[int] = []
    now = 0

    async def count(given: Any) -> None:
        nonlocal now
        now += 1
        under_way.append(now)
        await asyncio.sleep(0)
        now -= 1

    coordinator.register_agent("count", count)
    spec = {"tasks": [{"tasks": [{"agent": "count"}] * 5}] * 5}

    result = await coordinator.execute(spec, None, Options(max_concurrency=3))

    assert result.success
    assert max(under_way) == 3


async def test_input_that_does_not_fit_is_refused_before_anything_runs(coordinator: Coordinator):
    coordinator.define_workflow(
        "trip",
        {
            "input": {"required": ["to"], "properties": {"days": {"type": "integer"}}},
            "steps": [{"agent": "echo"}],
        },
    )

    with pytest.raises(InvalidInputError) as refused:
        await coordinator.execute_workflow("trip", {"days": "five"})

    assert {fault.path for fault in refused.value.faults} == {"to", "days"}
    assert coordinator.stats()["totalWorkflows"] == 0


async def test_unknown_workflows_and_runs_are_told_with_what_there_is(coordinator: Coordinator):
    coordinator.define_workflow("trip", {"steps": [{"agent": "echo"}]})

    with pytest.raises(NotFoundError, match="Did you mean 'trip'"):
        await coordinator.execute_workflow("tripp")
    with pytest.raises(NotFoundError, match="waiting run"):
        await coordinator.resume("nobody", answer=True)


async def test_a_workflow_that_others_refer_to_cannot_be_removed(coordinator: Coordinator):
    coordinator.define_workflow("inner", {"steps": [{"agent": "echo"}]})
    coordinator.define_workflow("outer", {"steps": [{"workflow": "inner"}]})

    with pytest.raises(SpecError, match=r"outer\.steps\[0\]\.workflow: Unknown workflow 'inner'"):
        coordinator.catalog.remove("inner")
    coordinator.catalog.remove("outer")
    coordinator.catalog.remove("inner")

    assert not coordinator.catalog.workflows


async def test_statistics_count_runs_and_calls(coordinator: Coordinator):
    coordinator.register_agent("fail", lambda given: 1 / 0)
    await coordinator.execute_sequential([{"agent": "echo"}, {"agent": "fail"}], "in")
    await coordinator.execute_parallel([{"agent": "echo"}], "in")

    stats = coordinator.stats()

    assert stats["totalWorkflows"] == 2
    assert stats["successRate"] == "50.00%"
    assert stats["byStrategy"] == {"sequential": 1, "parallel": 1}
    assert stats["agents"][0] == {
        "name": "echo",
        "totalCalls": 2,
        "successfulCalls": 2,
        "failedCalls": 0,
        "successRate": "100.00%",
    }


async def test_a_run_that_waits_counts_once_and_goes_on_with_its_counting(
    coordinator: Coordinator,
):
    spec = {"steps": [{"agent": "echo"}, {"approval": "Go on?"}, {"agent": "echo"}]}

    events = [event async for event in coordinator.stream(spec, "in")]
    waiting = events[-1]
    assert isinstance(waiting, Close)
    result = await coordinator.resume(waiting.stream_id, answer={"yes": "نعم"})

    assert waiting.reason == "interrupted"
    assert result.success
    assert result.final_result == {"yes": "نعم"}
    assert coordinator.stats()["totalWorkflows"] == 1
    assert coordinator.stats()["completedWorkflows"] == 1


async def test_an_answer_of_null_is_an_answer(coordinator: Coordinator):
    calls: list[Any] = []
    coordinator.register_agent("note", calls.append)
    waiting = await coordinator.execute(
        {"steps": [{"agent": "note"}, {"approval": "Go on?"}, {"agent": "note"}]}, "in"
    )

    result = await coordinator.resume(waiting.workflow_id, answer=None)

    assert result.success
    assert calls == ["in", None]


async def test_an_answer_that_does_not_say_which_question_it_is_for_loses_nothing(
    coordinator: Coordinator,
):
    waiting = await coordinator.execute({"tasks": [{"approval": "One?"}, {"approval": "Two?"}]})
    one, two = (question["interruptId"] for question in waiting.interrupts)

    with pytest.raises(InvalidInputError, match="waits for 2 answers"):
        await coordinator.resume(waiting.workflow_id, answer="yes")
    with pytest.raises(InvalidInputError, match="waits for 2 answers"):
        await coordinator.resume(waiting.workflow_id, answer={one: 1, "other": 2})
    half = await coordinator.resume(waiting.workflow_id, answer={one: "first"})
    whole = await coordinator.resume(waiting.workflow_id, answer={two: "second"})

    assert [question["interruptId"] for question in half.interrupts] == [two]
    assert whole.success
    assert sorted(whole.final_result) == ["first", "second"]


async def test_a_run_that_waited_has_the_budget_it_had():
    coordinator = Coordinator(Catalog.load())
    ask = {"agent": "content", "method": "summarise", "input": "A sentence. And another one."}
    waiting = await coordinator.execute(
        {"steps": [ask, {"approval": "Go on?"}, ask]},
        "in",
        Options(budget=BudgetLimits(model_calls=1)),
    )

    result = await coordinator.resume(waiting.workflow_id, answer="yes")

    assert result.code == "budget_exceeded"
    assert [entry.success for entry in result.results] == [True, True, False]


async def test_a_stream_that_waits_tells_how_much_it_told(coordinator: Coordinator):
    spec = {"steps": [{"agent": "echo"}, {"approval": "Go on?"}]}

    events: list[Any] = [event async for event in coordinator.stream(spec, "in")]

    assert events[-1].message_count == len(events) - 1


async def test_attempts_go_on_counting_after_an_answer(coordinator: Coordinator):
    catalog = coordinator.catalog
    workflow = catalog.check({"steps": [{"approval": "Go on?"}]})
    graph = catalog.graph(workflow).copy({"checkpointer": InMemorySaver()})
    run = Run(workflow=workflow, input="in")
    events: list[Any] = []

    async def emit(event: Event | Notice) -> None:
        events.append(event)

    waiting = await execute(run, graph, catalog, emit)
    await execute(run, graph, catalog, emit, record=waiting.record, answer="yes")

    assert [event.attempt for event in events if isinstance(event, NodeStarted)] == [1, 2]
    assert sum(isinstance(event, Connected) for event in events) == 1
    assert sum(isinstance(event, Close) for event in events) == 1
    assert [event.progress for event in events if isinstance(event, Progress)] == [100]


async def test_a_skipped_task_is_not_the_success_that_was_waited_for(coordinator: Coordinator):
    coordinator.register_agent("fail", lambda given: 1 / 0)

    result = await coordinator.execute_parallel(
        [{"agent": "echo", "when": "input == 'other'"}, {"agent": "fail"}], "in", wait_for="any"
    )

    assert not result.success
    assert result.error is not None
